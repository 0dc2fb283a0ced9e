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
}

[Flags]
public enum MessageFlags : byte
{
    None = 0,

    /// <summary>A PREPARE that holds all lines in use and stands on nothing: a standby joins.</summary>
    Join = 1,
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
    /// <summary>PREPARE, PREPARED: the checkpoint (PREPARED is cumulative). ELIGIBLE: the checkpoint that must be prepared.</summary>
    [FieldOffset(48)] public ulong Checkpoint;
    /// <summary>PREPARE: every input up to this clock is in the state, none above.</summary>
    [FieldOffset(56)] public ulong Clock;
    /// <summary>PREPARE: no input up to the checkpoint has a later time; nanoseconds since the Unix epoch.</summary>
    [FieldOffset(64)] public long Time;
    /// <summary>From a ruler: checkpoints up to this one are committed.</summary>
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

    public Incarnation Incarnation
    {
        readonly get => new(IncarnationCounter, IncarnationRandom);
        set => (IncarnationCounter, IncarnationRandom) = (value.Counter, value.Random);
    }
}
