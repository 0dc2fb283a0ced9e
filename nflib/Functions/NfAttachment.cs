using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>Everything an NF's run loop works on; index 0 of the pairs is left to right, index 1 right to left.</summary>
public sealed class NfAttachment
{
    public required ChainControl Control { get; init; }

    /// <summary>Place in the chain, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Whether another process can go on when this one dies: changes are journaled, which costs some
    /// nanoseconds.</summary>
    public bool BatchCommit { get; init; } = true;

    public required PacketPool Pool { get; init; }

    public required StateBlock Block { get; init; }

    public required DeltaSlots Slots { get; init; }

    /// <summary>Most lines that go with a capture only because a standby joins.</summary>
    public int JoinLines { get; init; } = StateBlock.Lines;

    public required RingConsumer[] Inputs { get; init; }

    public required RingProducer[] Outputs { get; init; }

    /// <summary>Dropped packets go back to nfmgr here.</summary>
    public required RingProducer Returns { get; init; }

    /// <summary>Rung after a step that did anything: both neighbours (an NF or nfmgr) and nfmgr.</summary>
    public Doorbell[] Neighbours { get; init; } = [];
}
