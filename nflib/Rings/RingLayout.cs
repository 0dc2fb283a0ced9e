using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>
/// A ring object: header, then the producer's and the consumer's word, each alone on two cache lines (the
/// adjacent-line prefetcher pulls pairs), then the slots.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SlotsOffset)]
public struct RingLayout
{
    public const uint Version = 1;
    public const int TailOffset = 128, HeadOffset = 256, SlotsOffset = 384;

    [FieldOffset(0)] public ObjectHeader Header;
    /// <summary>Written by the producer: descriptors published so far. Free-running, never wraps.</summary>
    [FieldOffset(TailOffset)] public ulong Tail;
    /// <summary>Written by the consumer: descriptors consumed so far. Free-running, never wraps.</summary>
    [FieldOffset(HeadOffset)] public ulong Head;

    public static MemoryObject Create(string name, uint capacity) =>
        MemoryObject.Create(name, ObjectKind.Ring, Version, Bytes(Checked(capacity)), capacity, sizeof(ulong));

    public static MemoryObject OnHeap(uint capacity) =>
        MemoryObject.OnHeap(ObjectKind.Ring, Version, Bytes(Checked(capacity)), capacity, sizeof(ulong));

    /// <summary>Capacity that the object really has room for; what the header says is checked, not believed.</summary>
    internal static uint CheckedCapacity(MemoryObject memory)
    {
        var capacity = memory.Header.Count;
        if (!uint.IsPow2(capacity) || Bytes(capacity) > memory.Bytes)
            throw new MemoryObjectException($"ring: capacity {capacity} does not fit its {memory.Bytes} bytes");
        return capacity;
    }

    private static long Bytes(uint capacity) => SlotsOffset + (long)capacity * sizeof(ulong);

    private static uint Checked(uint capacity) => uint.IsPow2(capacity) ? capacity
        : throw new ArgumentOutOfRangeException(nameof(capacity), capacity, "a ring's capacity is a power of two");
}
