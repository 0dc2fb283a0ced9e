using System.Runtime.InteropServices;
using Holdfast.Replicator.Identity;

namespace Holdfast.Replicator.Messages;

public enum MessageType : byte
{
    Hello = 1,
    Heartbeat = 2,
    Prepare = 3,
    Prepared = 4,
    Commit = 5,
    Refuse = 6,
    Eligible = 7,
    Leave = 8,
    Handover = 9,

    // Between a node and the arbiter.
    Ask = 10,
    Grant = 11,
    Deny = 12,
    Enlist = 13,
    Enlisted = 14,
    Decline = 15,
}

[Flags]
public enum MessageFlags : byte
{
    None = 0,

    /// <summary>A PREPARE that stands on nothing: a standby joins. It and those after it bring all lines in use, by and by.</summary>
    Join = 1,

    /// <summary>The PREPARE that brings the last of them.</summary>
    Whole = 2,
}

/// <summary>What every message between nodes begins with; little-endian, fixed size, checked by its own CRC-32C.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct MessageHeader
{
    public const int Bytes = 128;

    /// <summary>"HFRP" read as a little-endian number.</summary>
    public const uint ExpectedMagic = 0x5052_4648;

    public const ushort CurrentVersion = 1;

    [FieldOffset(0)] public uint Magic;
    [FieldOffset(4)] public ushort WireVersion;
    [FieldOffset(6)] public MessageType Type;
    [FieldOffset(7)] public MessageFlags Flags;
    /// <summary>Hash of everything about the chain that two nodes must agree on.</summary>
    [FieldOffset(8)] public ulong Chain;
    [FieldOffset(16)] public ulong TermCounter;
    [FieldOffset(24)] public ulong TermRuler;
    /// <summary>Random part of the sender's incarnation.</summary>
    [FieldOffset(32)] public ulong Sender;
    /// <summary>Random part of the incarnation that the sender believes to speak to; 0 before its HELLO.</summary>
    [FieldOffset(40)] public ulong Receiver;
    /// <summary>PREPARE, PREPARED: the checkpoint (PREPARED is cumulative). ELIGIBLE: the checkpoint that must be prepared. HANDOVER: the last of
    /// its term. ASK: a petition. ENLIST, ENLISTED: counter of a standby's incarnation.</summary>
    [FieldOffset(48)] public ulong Checkpoint;
    /// <summary>PREPARE: every input up to this clock is in the state, none above. ENLIST, ENLISTED: random part of the standby's
    /// incarnation. DENY: counter of the term that was asked for.</summary>
    [FieldOffset(56)] public ulong Clock;
    /// <summary>PREPARE: no input up to the checkpoint has a later time; nanoseconds since the Unix epoch.</summary>
    [FieldOffset(64)] public long Time;
    /// <summary>From a ruler: checkpoints up to this one are committed. ENLIST: the standby's node.</summary>
    [FieldOffset(72)] public ulong Committed;
    /// <summary>HEARTBEAT from a ruler: age of the oldest unfinished checkpoint in microseconds, 0 if there is none.</summary>
    [FieldOffset(80)] public uint OldestAge;
    /// <summary>A large message goes in pieces, so that heartbeats pass between.</summary>
    [FieldOffset(84)] public ushort Piece;
    [FieldOffset(86)] public ushort Pieces;
    [FieldOffset(88)] public uint PayloadBytes;
    [FieldOffset(92)] public uint PayloadCrc;
    [FieldOffset(124)] public uint HeaderCrc;

    public Term Term
    {
        readonly get => new(TermCounter, new NodeId(TermRuler));
        set => (TermCounter, TermRuler) = (value.Counter, value.Ruler.Value);
    }
}

/// <summary>The payload of HELLO.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct Hello
{
    public const int Bytes = 128;

    [FieldOffset(0)] public ulong Node;
    [FieldOffset(8)] public ulong IncarnationCounter;
    [FieldOffset(16)] public ulong IncarnationRandom;
    /// <summary>Hash of the state layout of all instances.</summary>
    [FieldOffset(24)] public ulong Layout;
    /// <summary>Standby: checkpoints up to this one are in its replica.</summary>
    [FieldOffset(32)] public ulong Committed;
    /// <summary>Standby: checkpoints up to this one are staged without a gap.</summary>
    [FieldOffset(40)] public ulong Staged;
    [FieldOffset(48)] public NodeRole Role;
    [FieldOffset(49)] public byte EverRan;
    /// <summary>Not 0: the sender has the state of a life in which it was succeeded.</summary>
    [FieldOffset(50)] public byte HasFrozen;
    /// <summary>The term that it ruled in then, and the clock that its state covers.</summary>
    [FieldOffset(56)] public ulong FrozenTerm;
    [FieldOffset(64)] public ulong FrozenClock;

    public Incarnation Incarnation
    {
        readonly get => new(IncarnationCounter, IncarnationRandom);
        set => (IncarnationCounter, IncarnationRandom) = (value.Counter, value.Random);
    }
}
