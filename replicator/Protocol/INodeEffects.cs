using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>How the root treats checkpoints and outputs.</summary>
public enum ReplicationMode
{
    /// <summary>No standby: no checkpoints are closed, outputs leave at once.</summary>
    Alone,

    /// <summary>A standby joins: checkpoints are closed and wait for it, outputs leave at once.</summary>
    Joining,

    /// <summary>Outputs wait until their checkpoint is prepared.</summary>
    Latched,
}

/// <summary>How a node came to rule, and from where its root goes on.</summary>
/// <param name="Term">The new term.</param>
/// <param name="Origin">Where the state comes from.</param>
/// <param name="Checkpoint">The checkpoint that the state is at; the next one closed is one higher.</param>
/// <param name="Clock">Every input up to this clock is in the state, none above.</param>
/// <param name="Time">No input in the state has a later time; nanoseconds since the Unix epoch.</param>
public readonly record struct Rule(Term Term, RuleOrigin Origin, ulong Checkpoint, ulong Clock, long Time);

public enum RuleOrigin
{
    /// <summary>A new life of the chain, with empty state.</summary>
    Started,

    /// <summary>The replica of a standby.</summary>
    TookOver,

    /// <summary>What this node had when it was succeeded; its successor's state is lost.</summary>
    Resumed,
}

/// <summary>
/// What a node's protocol core asks of the world, in order: what is persisted is on disk before what is sent after it
/// leaves. The core itself does no I/O, reads no clock and starts no thread.
/// </summary>
public interface INodeEffects
{
    /// <summary>Writes the record to disk, file and directory synced, before returning.</summary>
    void Persist(in NodeRecord record);

    /// <summary>Sends a message without payload on the current connection.</summary>
    void Send(in MessageHeader header);

    /// <summary>Sends HELLO on a connection.</summary>
    void SendHello(int connection, in MessageHeader header, in Hello hello);

    /// <summary>Sends a message without payload to the arbiter, if there is a connection.</summary>
    void SendToArbiter(in MessageHeader header);

    void SendHelloToArbiter(in MessageHeader header, in Hello hello);

    /// <summary>Sends PREPARE with the captured deltas; false when the connection has no room for it now.</summary>
    bool TrySendPrepare(in MessageHeader header);

    /// <summary>Lines that a joining standby still lacks once it has a complete checkpoint.</summary>
    /// <param name="join">The first checkpoint that it gets.</param>
    /// <param name="checkpoint">That one or a later one.</param>
    int JoinRemaining(ulong join, ulong checkpoint);

    void Close(int connection, string why);

    /// <summary>Makes this node's root receive and its NFs work.</summary>
    void StartRuling(in Rule rule);

    /// <summary>The ruler took a new term without its standby; what waits in the latch may leave.</summary>
    void WentAlone(Term term);

    /// <summary>Has the root go over to a mode. For <see cref="ReplicationMode.Joining"/> it closes a join barrier, whose
    /// number comes back as an event; for <see cref="ReplicationMode.Latched"/> it answers what had left before.</summary>
    void SetMode(ReplicationMode mode);

    /// <summary>Has the root take nothing in any more, and answer when all that it took in is prepared and released; or take
    /// in again.</summary>
    void SetQuiet(bool quiet);

    /// <summary>Checkpoints up to this one are prepared: their slots are free, and latched outputs may leave.</summary>
    void SetPrepared(ulong checkpoint);

    /// <summary>Standby: checks and keeps a checkpoint without applying it; false when it is damaged.</summary>
    bool TryStage(in MessageHeader header, ReadOnlySpan<byte> payload);

    /// <summary>Standby: writes a staged checkpoint into the replica; a join's checkpoint into a zeroed one.</summary>
    void Apply(ulong checkpoint);

    /// <summary>Standby: forgets replica and staged checkpoints.</summary>
    void DiscardReplica();

    /// <summary>This life of the node is over; it releases nothing more. Its state is worth keeping, drained to a last
    /// checkpoint.</summary>
    void Freeze(string why);

    /// <summary>Forgets the state of an earlier life.</summary>
    void DropFrozen();

    /// <summary>Something an operator wants to read about.</summary>
    void Report(string what);
}
