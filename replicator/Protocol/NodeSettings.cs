using Holdfast.Replicator.Identity;

namespace Holdfast.Replicator.Protocol;

/// <summary>What a node's protocol core is told at its start. Times are in nanoseconds.</summary>
public sealed record NodeSettings
{
    public required NodeId Me { get; init; }

    public required NodeId Peer { get; init; }

    /// <summary>Starts the chain when both nodes are empty.</summary>
    public required bool InitialPrimary { get; init; }

    /// <summary>Hash of what both nodes must agree on about the chain.</summary>
    public required ulong Chain { get; init; }

    /// <summary>Hash of the state layouts of all instances.</summary>
    public required ulong Layout { get; init; }

    /// <summary>Silence after which an eligible standby takes over.</summary>
    public long Detect { get; init; } = 50_000_000;

    public long HeartbeatInterval { get; init; } = 1_000_000;

    /// <summary>A pause of our own that makes silence before it worthless.</summary>
    public long SchedulingGap => Math.Max(Detect / 5, 2 * HeartbeatInterval);

    /// <summary>Age of the ruler's oldest checkpoint that counts as silence although it still speaks.</summary>
    public long Stuck => 20 * Detect;

    /// <summary>Silence after which a connection is given up, so that a new one can be made.</summary>
    public long ConnectionDead => 4 * Detect;

    /// <summary>How long the initial primary looks for its peer before the chain's very first start.</summary>
    public long StartPatience => 10 * Detect;

    /// <summary>A joining standby without progress for this long is dropped.</summary>
    public long JoinPatience => 40 * Detect;

    internal KnownBadProtocol KnownBad { get; init; }
}

/// <summary>Deliberately broken variants of the protocol. Only tests can set them, to show that the checks of the
/// invariants find what they are there to find.</summary>
[Flags]
internal enum KnownBadProtocol
{
    None = 0,

    /// <summary>A checkpoint counts as prepared as soon as it is sent (invariant 1).</summary>
    ReleaseBeforePrepared = 1,

    /// <summary>After a reconnection the newest checkpoint is sent first and the standby takes it (invariants 1, 3, 4).</summary>
    GapAfterReconnect = 2,

    /// <summary>A checkpoint is applied when it is staged (protocol: two phases).</summary>
    ApplyBeforeCommit = 4,

    /// <summary>A silent standby is taken for a dead one (invariant 5).</summary>
    AloneAfterSilence = 8,

    /// <summary>The standby counts itself eligible when its first checkpoint is staged (invariant 1).</summary>
    EligibleTooEarly = 16,
}
