using Holdfast.NfLib.State;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Replica;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Replicator;

/// <summary>What a <see cref="ReplicationAgent"/> works with.</summary>
public sealed class ReplicationWiring
{
    public required NodeSettings Settings { get; init; }

    public required NodeRecord Record { get; init; }

    public required Incarnation Incarnation { get; init; }

    /// <summary>What an earlier life of this process left.</summary>
    public FrozenState? Frozen { get; init; }

    public required INodeDisk Disk { get; init; }

    public required ITransport Transport { get; init; }

    /// <summary>The way to the arbiter, which only this side dials; null without one.</summary>
    public ITransport? Arbiter { get; init; }

    public required Board Board { get; init; }

    /// <summary>The root's and the NFs' state blocks, in chain order.</summary>
    public required StateBlock[] Blocks { get; init; }

    /// <summary>The root's and the NFs' delta slots, in chain order.</summary>
    public required DeltaSlots[] Slots { get; init; }

    /// <summary>Most lines of an instance that go with a checkpoint only because a standby joins.</summary>
    public int JoinLines { get; init; } = StateBlock.Lines;

    /// <summary>Wakes the root's loop.</summary>
    public required Action WakeRoot { get; init; }

    /// <summary>Gives the blocks their first content, for a new life of the chain.</summary>
    public required Action ResetState { get; init; }

    /// <summary>The time within a step, which nothing is decided by: for reports only. The step's own where there is none.</summary>
    public Func<long>? Clock { get; init; }

    /// <summary>For the operator's log.</summary>
    public required Action<string> Report { get; init; }
}
