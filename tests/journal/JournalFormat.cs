using System.Runtime.InteropServices;

namespace Holdfast.Journal;

/// <summary>
/// The journal of a run, as the far end of the wires saw it: one file of entries in the order in which they were seen.
/// </summary>
/// <remarks>
/// The file begins with 16 bytes: the magic number and the format's version, 8 bytes each. Then entries follow, each a
/// header of 8 bytes {kind: 1, direction: 1, node: 2, length of the body: 4} and a body:
/// <list type="bullet">
/// <item>Node: process id (4), then the node's name in UTF-8. Its number is how later entries refer to it. A node that
/// starts again is a new one.</item>
/// <item>Offered: tag (8), then the frame that was put on a wire to the node.</item>
/// <item>Accepted: a WireRecord (32), written by the node before the frame entered its chain.</item>
/// <item>CameOut: clock (8), receive time in nanoseconds since the Unix epoch (8), the term in which it was released
/// (4), zero (4), then the frame.</item>
/// <item>Announced: an Announcement (40).</item>
/// <item>Unjournaled: empty. A measurement load begins: what it sends and receives is not written down, so the chain's
/// state can not be judged from here on.</item>
/// </list>
/// All numbers are little-endian. The direction is the packets' way through the chain: an input from the left and an
/// output at the right are both left to right. Entries are written whole, so a file that ends inside one is damaged.
/// </remarks>
public static class JournalFormat
{
    public const string FileName = "journal";

    /// <summary>"HFJOURNL" read as a little-endian number.</summary>
    public const ulong Magic = 0x4C4E_5255_4F4A_4648;

    public const ulong Version = 1;

    internal const int FileHeaderBytes = 16, EntryHeaderBytes = 8;
    internal const int MaxFrameBytes = 16 * 1024;
    internal const int MaxBodyBytes = MaxFrameBytes + 64;

    /// <summary>Path of the journal in a run's directory.</summary>
    public static string PathIn(string directory) => Path.Combine(directory, FileName);
}

public enum EntryKind : byte
{
    Node = 1,
    Offered = 2,
    Accepted = 3,
    CameOut = 4,
    Announced = 5,
    Unjournaled = 6,
}

/// <summary>The journal can't be written or does not say what a journal must.</summary>
public sealed class JournalException(string message) : Exception(message);

[StructLayout(LayoutKind.Sequential)]
internal struct EntryHeader
{
    public EntryKind Kind;
    public byte Direction;
    public ushort Node;
    public int Length;
}

/// <summary>What stands in front of the frame of a CameOut entry.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct OutputHeader
{
    /// <summary>The clock of the input that this came from.</summary>
    public ulong Clock;

    /// <summary>When the far end saw it, in nanoseconds since the Unix epoch.</summary>
    public long Time;

    /// <summary>The term in which the node released it.</summary>
    public uint Term;

    internal uint Reserved;
}
