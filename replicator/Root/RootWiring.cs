using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Root;

/// <summary>Everything a root works on. Index 0 of the pairs is left to right, or the left port; index 1 the other.</summary>
public sealed class RootWiring
{
    public required ChainControl Control { get; init; }

    public required PacketPool Pool { get; init; }

    public required BufferTable Buffers { get; init; }

    public required RootState State { get; init; }

    public required Board Board { get; init; }

    /// <summary>Where packets come in and go out.</summary>
    public required IPort[] Ports { get; init; }

    /// <summary>Into the chain's first NF, and into its last for the way back.</summary>
    public required RingProducer[] Heads { get; init; }

    /// <summary>Out of the chain's last NF, and out of its first for the way back.</summary>
    public required RingConsumer[] Tails { get; init; }

    /// <summary>One per NF: what it dropped.</summary>
    public required RingConsumer[] Returns { get; init; }

    /// <summary>All rings of the chain, to find out who has done what can't be.</summary>
    public required RingViews Rings { get; init; }

    /// <summary>One per NF, of which the root reads the vitals.</summary>
    public required StateBlock[] Blocks { get; init; }

    /// <summary>One per NF.</summary>
    public required DeltaSlots[] Slots { get; init; }

    /// <summary>One per NF.</summary>
    public required Doorbell[] Functions { get; init; }

    /// <summary>Rung when a checkpoint is complete, a join barrier closed, or the latch shut.</summary>
    public required Action WakeReplicator { get; init; }

    /// <summary>Where packets go that killed their NF; null when nobody wants them.</summary>
    public PoisonQueue? Poison { get; init; }

    /// <summary>Most packets inside the chain per direction; a checkpoint's period is at least one transit of them.</summary>
    public int PacketsInChain { get; init; } = 256;

    /// <summary>Most lines of an instance that go with a checkpoint only because a standby joins.</summary>
    public int JoinLines { get; init; } = StateBlock.Lines;

    /// <summary>Least distance of two barriers, in nanoseconds.</summary>
    public long MinSpacing { get; init; } = 20_000;

    /// <summary>Longest time that anything stays in the open checkpoint, in nanoseconds.</summary>
    public long MaxInterval { get; init; } = 1_000_000;
}
