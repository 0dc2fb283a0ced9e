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

    /// <summary>How long the chain may take to become empty for a switchover.</summary>
    public long SwitchoverPatience => 100 * Detect;

    /// <summary>A joining standby without progress for this long is dropped.</summary>
    public long JoinPatience => 40 * Detect;

    public SilencePolicy OnSilence { get; init; }

    public StateLossPolicy OnStateLoss { get; init; }

    /// <summary>Nobody takes a term without the arbiter's word.</summary>
    public bool AsksArbiter => OnSilence == SilencePolicy.Arbiter;

    internal KnownBadProtocol KnownBad { get; init; }
}

/// <summary>What a ruler does when the standby that may take over is silent, which is no proof of its death.</summary>
public enum SilencePolicy
{
    /// <summary>It waits, because that standby may rule by now.</summary>
    StandbyWins,

    /// <summary>It goes on alone. If only the link is cut, both rule until it heals, and one state is discarded then.</summary>
    PreferAvailability,

    /// <summary>It asks an arbiter, as the standby does before it takes over; so both are automatic, and one rules.</summary>
    Arbiter,
}

/// <summary>What two nodes do when the chain's newest state is lost.</summary>
public enum StateLossPolicy
{
    /// <summary>They go on with what is left, the state of a node that had been succeeded, or with none, and show it.</summary>
    Resume,

    /// <summary>They wait for the operator.</summary>
    Wait,
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

    /// <summary>The standby counts itself eligible when its first checkpoint is staged (invariant 1).</summary>
    EligibleTooEarly = 16,

    /// <summary>A joiner counts as complete with the first checkpoint that it gets (invariants 1, 3).</summary>
    WholeAtOnce = 32,

    /// <summary>Takes terms that the arbiter has not granted (invariant 5).</summary>
    IgnoreArbiter = 64,

    /// <summary>One answer counts for all checkpoints that were sent (invariant 1).</summary>
    AnswerCountsForAll = 128,

    /// <summary>Terms are not on disk before they are told (invariants 2, 5).</summary>
    TermsInMemory = 256,

    /// <summary>A ruler takes a refused connection for the standby's death (invariant 5).</summary>
    RefusalIsDeath = 512,

    /// <summary>A standby that a new term excludes still takes over (invariant 1).</summary>
    StaleStandbyTakesOver = 1024,

    /// <summary>The standby is told that it may take over before the arbiter is (invariant 9).</summary>
    ToldBeforeArbiter = 2048,

    /// <summary>A ruler that hears of a higher term takes one that is higher still (invariants 1, 5).</summary>
    OutbidsHigherTerm = 4096,

    /// <summary>The initial primary starts the chain when its peer is silent, although it has run before (invariant 1).</summary>
    RestartedRules = 8192,

    /// <summary>After it has handed over, the old ruler takes packets in and lets them out (invariants 1, 5).</summary>
    GoesOnAfterHandover = 16384,

    /// <summary>A node with frozen state rules when its peer is silent (invariants 1, 5).</summary>
    FrozenRulesOnSilence = 32768,

    /// <summary>The arbiter is asked once for the same thing, although questions can be lost (invariant 9).</summary>
    AsksOnce = 65536,
}
