using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Holdfast.NfLib.State;

/// <summary>
/// A hash map with a fixed capacity in the state block. Entries are chained and never move, so a slot or a reference
/// survives other changes. Keys are compared byte by byte.
/// </summary>
/// <remarks>
/// Layout: a header line; a 2-byte chain head per bucket (0 for none, else slot + 1); a 2-byte link per slot (the top
/// bit says that the slot is in use, the rest is the next slot + 1); the entries, key first.
/// </remarks>
public sealed class Map<TKey, TValue> where TKey : unmanaged where TValue : unmanaged
{
    private const ushort InUse = 0x8000, NextMask = 0x7FFF;

    private static readonly int Stride = ContainerLayout.StrideOf(Unsafe.SizeOf<TKey>() + Unsafe.SizeOf<TValue>());
    private readonly StateBlock _block;
    private readonly int _header, _buckets, _links, _entries;
    private readonly uint _bucketMask;

    internal Map(StateBlock block, int offset, int capacity, bool fresh)
    {
        _block = block;
        Capacity = capacity;
        var buckets = ContainerLayout.BucketsOf(capacity);
        _bucketMask = (uint)buckets - 1;
        _header = offset;
        _buckets = offset + StateBlock.LineBytes;
        _links = _buckets + ContainerLayout.RoundUp(2 * buckets, StateBlock.LineBytes);
        _entries = _links + ContainerLayout.RoundUp(2 * capacity, StateBlock.LineBytes);
        if (!fresh) return;
        // Unpredictable, so that nobody can send keys which all fall into one bucket; in the block, so that a replica
        // finds its entries.
        Span<byte> seed = stackalloc byte[8];
        RandomNumberGenerator.Fill(seed);
        block.MarkedAt<MapHeader>(_header).Seed = MemoryMarshal.Read<ulong>(seed);
    }

    public int Capacity { get; }

    /// <summary>Entries in use.</summary>
    public int Count => Header.Count;

    private ref readonly MapHeader Header => ref _block.At<MapHeader>(_header);

    /// <summary>The value in a slot, for reading.</summary>
    public ref readonly TValue this[Slot slot] => ref _block.At<TValue>(ValueOffset(slot));

    /// <summary>The value in a slot, to be changed.</summary>
    public ref TValue Modify(Slot slot) => ref _block.MarkedAt<TValue>(ValueOffset(slot));

    /// <summary>The key in a slot.</summary>
    public ref readonly TKey Key(Slot slot) => ref _block.At<TKey>(EntryOffset(slot));

    public Slot Find(in TKey key)
    {
        var left = Capacity;
        for (int next = BucketOf(key); next != 0; next = LinkOf(next - 1) & NextMask)
        {
            if (Matches(next - 1, key)) return Slot.At(next - 1);
            if (left-- == 0) ThrowEndless();
        }

        return Slot.None;
    }

    /// <summary>Finds the key's slot or makes one with a zeroed value; none when the map is full.</summary>
    public Slot FindOrAdd(in TKey key)
    {
        var slot = Find(key);
        return slot.IsNone ? Add(key) : slot;
    }

    /// <summary>Frees the slot. References to it must not be used any more.</summary>
    public void Remove(Slot slot)
    {
        var index = Checked(slot);
        ref readonly var key = ref Key(slot);
        var bucket = BucketOffset(key);
        int next = _block.At<ushort>(bucket);
        if (next == index + 1)
        {
            _block.MarkedAt<ushort>(bucket) = (ushort)(LinkOf(index) & NextMask);
        }
        else
        {
            for (var left = Capacity; (LinkOf(next - 1) & NextMask) != index + 1; next = LinkOf(next - 1) & NextMask)
            {
                if (left-- == 0) ThrowEndless();
            }

            _block.MarkedAt<ushort>(LinkOffset(next - 1)) = (ushort)(InUse | LinkOf(index) & NextMask);
        }

        ref var header = ref _block.MarkedAt<MapHeader>(_header);
        _block.MarkedAt<ushort>(LinkOffset(index)) = header.Free;
        header.Free = (ushort)(index + 1);
        header.Count--;
    }

    /// <summary>Removes all entries.</summary>
    public void Clear()
    {
        foreach (var slot in this) Remove(slot);
    }

    /// <summary>The slots in use, by rising index. Removing entries on the way, also others, is fine.</summary>
    public Enumerator GetEnumerator() => new(this);

    private Slot Add(in TKey key)
    {
        // Before anything is marked: a full map that is asked again and again has not changed.
        if (Header.Free == 0 && Header.HighWater >= Capacity) return Slot.None;
        ref var header = ref _block.MarkedAt<MapHeader>(_header);
        int index;
        if (header.Free != 0)
        {
            index = header.Free - 1;
            header.Free = LinkOf(index);
        }
        else
        {
            index = Guarded(header.HighWater);
            header.HighWater++;
        }

        header.Count++;
        var slot = Slot.At(index);
        var entry = _entries + index * Stride;
        _block.Mark(entry, Unsafe.SizeOf<TKey>() + Unsafe.SizeOf<TValue>());
        _block.At<TKey>(entry) = key;
        _block.At<TValue>(entry + Unsafe.SizeOf<TKey>()) = default;
        ref var bucket = ref _block.MarkedAt<ushort>(BucketOffset(key));
        _block.MarkedAt<ushort>(LinkOffset(index)) = (ushort)(InUse | bucket);
        bucket = (ushort)(index + 1);
        return slot;
    }

    private int BucketOffset(in TKey key) =>
        _buckets + 2 * (int)((uint)StableHash.OfKey(key, Header.Seed) & _bucketMask);

    private int BucketOf(in TKey key) => _block.At<ushort>(BucketOffset(key));

    private int LinkOffset(int index) => _links + 2 * Guarded(index);

    private ushort LinkOf(int index) => _block.At<ushort>(LinkOffset(index));

    private bool Matches(int index, in TKey key)
    {
        ref readonly var stored = ref _block.At<TKey>(_entries + Guarded(index) * Stride);
        return MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in stored, 1))
            .SequenceEqual(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in key, 1)));
    }

    /// <summary>A link read from the block may be damaged; it must not lead outside the map.</summary>
    private int Guarded(int index) => (uint)index < (uint)Capacity ? index
        : throw new StateLayoutException($"a map of {Capacity} entries holds a link to entry {index}; its block is damaged");

    /// <summary>No chain is longer than the map, so this one is a circle.</summary>
    [DoesNotReturn]
    private void ThrowEndless() => throw new StateLayoutException(
        $"a map of {Capacity} entries has a chain that never ends; its block is damaged");

    private int EntryOffset(Slot slot) => _entries + Checked(slot) * Stride;

    private int ValueOffset(Slot slot) => EntryOffset(slot) + Unsafe.SizeOf<TKey>();

    private int Checked(Slot slot)
    {
        var index = slot.Index;
        if ((uint)index >= (uint)Capacity || (LinkOf(index) & InUse) == 0)
            throw new ArgumentOutOfRangeException(nameof(slot), index, "no such entry in the map (never added, or removed)");
        return index;
    }

    public ref struct Enumerator
    {
        private readonly Map<TKey, TValue> _map;
        private int _index;

        internal Enumerator(Map<TKey, TValue> map)
        {
            _map = map;
            _index = -1;
        }

        public readonly Slot Current => Slot.At(_index);

        public bool MoveNext()
        {
            var end = Math.Min(_map.Header.HighWater, _map.Capacity);
            while (++_index < end)
            {
                if ((_map.LinkOf(_index) & InUse) != 0) return true;
            }

            return false;
        }
    }
}

[StructLayout(LayoutKind.Explicit, Size = StateBlock.LineBytes)]
internal struct MapHeader
{
    [FieldOffset(0)] public ulong Seed;
    [FieldOffset(8)] public int Count;
    /// <summary>Slots below were used at some time; those above need no initialisation.</summary>
    [FieldOffset(12)] public int HighWater;
    /// <summary>First free slot + 1, or 0.</summary>
    [FieldOffset(16)] public ushort Free;
}
