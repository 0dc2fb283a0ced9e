using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Nfmgr.Control;

/// <summary>A request on the control socket: one line of JSON.</summary>
/// <param name="Command">status, continue, switchover, save-state, load, nf-restart, nf-pause or nf-resume.</param>
/// <param name="PeerIsOff">continue: the operator confirms that the peer is off.</param>
/// <param name="Directory">save-state: where to.</param>
/// <param name="Function">nf-…: the NF's name.</param>
/// <param name="LeftRate">load: frames a second that the left port makes from now on.</param>
/// <param name="RightRate">load: and the right one.</param>
public sealed record ControlRequest(string Command, bool PeerIsOff = false, string? Directory = null, string? Function = null,
    long LeftRate = 0, long RightRate = 0);

/// <summary>The answer: one line of JSON.</summary>
/// <param name="Error">Why it was not done; null when it was.</param>
/// <param name="Status">status: the report.</param>
/// <param name="Arbiter">status of an arbiter.</param>
/// <param name="HandOverNanoseconds">nf-restart: from the wish until the new process owned the NF; 0 if none ran.</param>
/// <param name="Load">load: what the one that ends with this request came to.</param>
public sealed record ControlAnswer(string? Error = null, StatusReport? Status = null, long HandOverNanoseconds = 0, ArbiterReport? Arbiter = null,
    LoadReport? Load = null);

/// <summary>What came of a load: what <c>nfmgr load --json</c> prints.</summary>
public sealed record LoadReport(LoadOfPort Left, LoadOfPort Right);

/// <param name="Rate">Frames a second that were offered here.</param>
/// <param name="Seconds">For how long.</param>
/// <param name="Taken">Frames that went into the chain here.</param>
/// <param name="Missed">Frames that were due and did not, because the chain took too few.</param>
/// <param name="Sent">Frames of the other side that left here.</param>
/// <param name="Latency">From when they were due until they left.</param>
public sealed record LoadOfPort(long Rate, double Seconds, ulong Taken, ulong Missed, ulong Sent, LatencyReport Latency);

/// <param name="Count">How many; all others in nanoseconds.</param>
/// <param name="Buckets">Pairs of the largest latency that a bucket can hold, and how many it has; each at most 1/64 of its value wide.</param>
public sealed record LatencyReport(long Count, long P50, long P90, long P99, long P999, long Max, IReadOnlyList<IReadOnlyList<long>> Buckets);

/// <summary>What an arbiter knows: what <c>nfmgr arbiter status --json</c> prints.</summary>
/// <param name="Node">The arbiter's name.</param>
/// <param name="Term">The last that was granted; 0 before the first.</param>
/// <param name="Connected">Nodes that are connected now.</param>
/// <param name="Events">The last decisions.</param>
/// <param name="Holder">The node that holds the term; absent before the first.</param>
/// <param name="HolderLife">And which of its lives.</param>
/// <param name="Heir">The node that may take over; absent if none may.</param>
/// <param name="HeirLife">And which of its lives.</param>
public sealed record ArbiterReport(string Node, ulong Term, IReadOnlyList<string> Connected, IReadOnlyList<string> Events,
    string? Holder = null, string? HolderLife = null, string? Heir = null, string? HeirLife = null);

/// <summary>The state of a node, truthfully: what <c>nfmgr status --json</c> prints.</summary>
public sealed record StatusReport
{
    public required string Node { get; init; }

    public required string Chain { get; init; }

    public required int ProcessId { get; init; }

    /// <summary>Starting, Joining, Eligible, Ruling or Ended.</summary>
    public required string Role { get; init; }

    /// <summary>One sentence for a person.</summary>
    public required string Summary { get; init; }

    /// <summary>This node rules, and a standby that answers may take over from it.</summary>
    public required bool Protected { get; init; }

    /// <summary>This node rules, and its outputs wait for a standby that does not answer.</summary>
    public required bool Blocked { get; init; }

    public required ulong Term { get; init; }

    public required string Incarnation { get; init; }

    /// <summary>standby-wins, prefer-availability or arbiter: what happens when the standby is silent.</summary>
    public required string OnSilence { get; init; }

    /// <summary>Whether the arbiter answers; absent where there is none.</summary>
    public bool? ArbiterConnected { get; init; }

    /// <summary>None, Draining or HandedOver.</summary>
    public required string Switchover { get; init; }

    /// <summary>This node still has the state of a life in which it was succeeded, in case its successor's is lost.</summary>
    public required bool HasFrozenState { get; init; }

    /// <summary>This life began with older state, or empty, although the chain had run before.</summary>
    public required bool StateWasLost { get; init; }

    public required PeerStatus Peer { get; init; }

    public required CheckpointStatus Checkpoints { get; init; }

    public required PortStatus Left { get; init; }

    public required PortStatus Right { get; init; }

    public required BufferStatus Buffers { get; init; }

    public required IReadOnlyList<FunctionStatus> Functions { get; init; }

    /// <summary>Bytes that the loops have allocated; flat while packets flow.</summary>
    public required long RootAllocatedBytes { get; init; }

    public required long ReplicatorAllocatedBytes { get; init; }

    /// <summary>How this life came to rule; absent if it did not take over.</summary>
    public TakeoverReport? Takeover { get; init; }

    public required int Lives { get; init; }

    public required IReadOnlyList<string> Events { get; init; }
}

public sealed record PeerStatus(string Name, string Address, bool Connected, string? Role = null);

/// <param name="Closed">Ruler: the last closed.</param>
/// <param name="Completed">Ruler: the last whose deltas are all captured.</param>
/// <param name="Prepared">Ruler: prepared by the standby. Standby: staged.</param>
/// <param name="Committed">In the standby's replica.</param>
/// <param name="Latched">Outputs that wait.</param>
public sealed record CheckpointStatus(ulong Closed, ulong Completed, ulong Prepared, ulong Committed, int Latched);

/// <param name="Type">interface, wire or pcap.</param>
/// <param name="Accepted">Packets that came in here and got a clock.</param>
/// <param name="Received">Frames that came in here, refused ones included.</param>
/// <param name="DroppedByKernel">Frames that were lost for lack of room before the port saw them.</param>
/// <param name="Refused">Frames that came in here and got no clock, being fit for no chain.</param>
/// <param name="Released">Packets that the chain let out here.</param>
/// <param name="Sent">Of those, and of the port's own frames, handed to the outside.</param>
/// <param name="SendErrors">And those that the port could not send, or the network did not take.</param>
/// <param name="Stations">MAC addresses that the network here has seen behind the port; a successor announces them.</param>
/// <param name="Interface">Of a port on a network interface: more about it.</param>
public sealed record PortStatus(string Type, ulong Accepted, ulong Received, ulong DroppedByKernel, ulong Refused, ulong Released,
    ulong Sent, ulong SendErrors, int Stations, InterfaceStatus? Interface = null);

/// <param name="Name">The interface's.</param>
/// <param name="Mode">How frames cross it: packet, or a form of xdp.</param>
/// <param name="State">up, down or missing.</param>
/// <param name="RefusedByReason">Frames that came in and got no clock: giant, tooLong, malformed.</param>
/// <param name="SendErrorsByReason">Packets that the network did not take: tooLong, linkDown, noRoom, other.</param>
/// <param name="Remedy">What to do about them; absent when there is nothing to do.</param>
public sealed record InterfaceStatus(string Name, string Mode, string State, IReadOnlyDictionary<string, ulong> RefusedByReason,
    IReadOnlyDictionary<string, ulong> SendErrorsByReason, string? Remedy = null);

public sealed record BufferStatus(int Total, int Free, int ChainLeftToRight, int ChainRightToLeft, int Latch, int Ports, bool HugePages);

/// <param name="Name">The NF's.</param>
/// <param name="ProcessId">Who owns it; 0: nobody.</param>
/// <param name="LeftToRight">Packets that it took from the left.</param>
/// <param name="RightToLeft">And from the right.</param>
/// <param name="Forwarded">Packets that it let through.</param>
/// <param name="TurnedBack">Packets that it sent back.</param>
/// <param name="Dropped">And dropped, by reason.</param>
/// <param name="Captures">Checkpoints that it captured.</param>
/// <param name="CapturedLines">Changed lines of 64 bytes in them.</param>
/// <param name="SlowYields">Yields that took over a millisecond: something else competes for the core.</param>
/// <param name="AllocatedBytes">Of its loop; flat while packets flow.</param>
public sealed record FunctionStatus(string Name, int ProcessId, ulong LeftToRight, ulong RightToLeft, ulong Forwarded, ulong TurnedBack,
    IReadOnlyDictionary<string, ulong> Dropped, ulong Captures, ulong CapturedLines, ulong SlowYields, long AllocatedBytes)
{
    /// <summary>starting, taking over, running, silent, paused, bypassed, asleep (on a standby), each perhaps "without twin", or
    /// stopped.</summary>
    public required string State { get; init; }

    /// <summary>Why it is stopped.</summary>
    public string? StoppedBecause { get; init; }

    /// <summary>Who is warm and owns it next; 0: nobody.</summary>
    public required int TwinProcessId { get; init; }

    /// <summary>Counts its processes in this life; of the last owner.</summary>
    public required uint Generation { get; init; }

    /// <summary>Processes that had to be replaced because they died.</summary>
    public required int Restarts { get; init; }

    public DeathStatus? LastDeath { get; init; }

    /// <summary>Packets that killed it, each alone, and were taken out.</summary>
    public required ulong PoisonedPackets { get; init; }

    /// <summary>Those of them that were written to the quarantine in this life.</summary>
    public required ulong Quarantined { get; init; }

    /// <summary>Times that it went without a beat for longer than the hang time-out, and was not to blame.</summary>
    public required ulong Stalls { get; init; }

    /// <summary>When its owner got it; CLOCK_MONOTONIC, nanoseconds.</summary>
    public required long TookOverAt { get; init; }

    /// <summary>When the owner's first output was published; 0: not yet.</summary>
    public required long FirstOutputAt { get; init; }
}

/// <summary>When a node that took over had done what; CLOCK_MONOTONIC, nanoseconds.</summary>
/// <param name="LostAt">The ruler's connection broke; or, where it did not, the ruler was last heard.</param>
/// <param name="DecidedAt">The protocol decided to rule.</param>
/// <param name="PersistedAt">The new term was on disk.</param>
/// <param name="ReadyAt">The state was complete.</param>
/// <param name="RuledAt">The root began to rule; 0: not yet.</param>
/// <param name="ReleasedAt">And let its first packets out; 0: not yet.</param>
public sealed record TakeoverReport(long LostAt, long DecidedAt, long PersistedAt, long ReadyAt, long RuledAt, long ReleasedAt);

/// <param name="ProcessId">Who died.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Cause">How, in words.</param>
/// <param name="At">When.</param>
/// <param name="NoticedAt">When nfmgr heard of it; CLOCK_MONOTONIC, nanoseconds. A successor is often at work before.</param>
public sealed record DeathStatus(int ProcessId, uint Generation, string Cause, DateTime At, long NoticedAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ControlRequest))]
[JsonSerializable(typeof(ControlAnswer))]
[JsonSerializable(typeof(ArbiterReport))]
[JsonSerializable(typeof(LoadReport))]
internal sealed partial class ControlJson : JsonSerializerContext;
