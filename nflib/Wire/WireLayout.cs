using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Wire;

/// <summary>
/// The memory of one wire: a pair of frame rings between a node's port and a program at the far end, and what the
/// node writes down for it. It belongs to the far end and outlives the node.
/// </summary>
internal static class WireLayout
{
    public const uint Version = 1;

    public const int NodeSleepOffset = 64, FarSleepOffset = 128, RefusedOffset = 192;
    public const int AnnouncementCountOffset = 256, AnnouncementsOffset = 320, MaxAnnouncements = 32;
    public const int RecordTailOffset = 2048, RecordHeadOffset = 2176;
    public const int ToNodeOffset = 4096;

    public const uint RecordCapacity = 1 << 16;

    /// <summary>Bytes of each frame ring: some 12,000 small frames.</summary>
    public const int FrameRingBytes = 1 << 20;

    public static int FromNodeOffset => ToNodeOffset + FrameRing.TotalBytes(FrameRingBytes);

    public static int RecordsOffset => FromNodeOffset + FrameRing.TotalBytes(FrameRingBytes);

    // Safe: only asks for the size of a type.
    public static unsafe long TotalBytes => RecordsOffset + RecordCapacity * sizeof(WireRecord);

    public static MemoryObject Create(string name) => MemoryObject.Create(name, ObjectKind.Wire, Version, TotalBytes);
}

/// <summary>One input that the node accepted: written before it enters the chain.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct WireRecord
{
    /// <summary>The tag of a tick, which is an input that the root makes itself.</summary>
    public const ulong TickTag = ulong.MaxValue;

    /// <summary>What the far end called the frame when it sent it.</summary>
    public ulong Tag;

    /// <summary>The root's logical clock (count).</summary>
    public ulong Clock;

    /// <summary>The root's time in nanoseconds since the Unix epoch.</summary>
    public long Time;

    /// <summary>The term the node ruled in.</summary>
    public ulong Term;
}

public enum AnnouncementKind : ulong
{
    /// <summary>A new life of the chain began, with empty state.</summary>
    Started = 1,

    /// <summary>A standby took over.</summary>
    TookOver = 2,

    /// <summary>The ruler went on without its standby; its clock and state go on.</summary>
    WentAlone = 3,

    /// <summary>A node that had been succeeded rules again with the state it had then, because its successor's is lost.</summary>
    Resumed = 4,
}

/// <summary>What a node says when it takes a term.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Announcement
{
    public ulong Term;

    public AnnouncementKind Kind;

    /// <summary>Every input of earlier terms up to this clock is in the state that the node goes on with, none above.</summary>
    public ulong CoveredClock;

    /// <summary>All inputs of this term have a clock above this one.</summary>
    public ulong ClockBase;

    /// <summary>Wall-clock time in nanoseconds since the Unix epoch.</summary>
    public long Time;
}
