using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Packets;

/// <summary>
/// The packet memory of a node: one line of metadata and one buffer per packet. It has no free list: who may use a
/// buffer is nfmgr's private knowledge, so no NF can corrupt it.
/// </summary>
public sealed unsafe class PacketPool : IDisposable
{
    public const uint Version = 2;

    /// <summary>Bytes of one buffer: head room and a frame of up to 2,176 bytes.</summary>
    public const int BufferBytes = 2304;

    /// <summary>Distance of two buffers: each is behind its line of metadata. An odd number of cache lines, so that the first
    /// lines of frames, which every NF reads, spread over all sets of a cache and not over a few.</summary>
    public const int StrideBytes = PacketMetadata.Bytes + BufferBytes;

    /// <summary>Free bytes before a received frame.</summary>
    public const int HeadRoom = 128;

    public const int MaxFrameBytes = BufferBytes - HeadRoom;

    private readonly byte* _first;

    public PacketPool(MemoryObject memory)
    {
        // Safe: the count was checked against the size of the mapping; every access checks its index against it.
        Memory = memory;
        Count = memory.Header.Count;
        if (Count == 0 || SizeOf(Count) > memory.Bytes || memory.Header.ElementBytes != BufferBytes)
            throw new MemoryObjectException($"packet pool: {Count} buffers do not fit its {memory.Bytes} bytes");
        _first = memory.Base + ObjectHeader.Bytes;
    }

    public MemoryObject Memory { get; }

    /// <summary>Number of buffers.</summary>
    public uint Count { get; }

    public static PacketPool Create(uint count, bool preferHugePages) =>
        new(MemoryObject.Create("packets", ObjectKind.PacketPool, Version, SizeOf(count), count, BufferBytes,
            preferHugePages));

    public static PacketPool OnHeap(uint count) =>
        new(MemoryObject.OnHeap(ObjectKind.PacketPool, Version, SizeOf(count), count, BufferBytes));

    public ref PacketMetadata Metadata(uint index)
    {
        if (index >= Count) ThrowOutOfRange(index);
        return ref *(PacketMetadata*)(_first + (long)index * StrideBytes);
    }

    /// <summary>The whole buffer.</summary>
    public Span<byte> Buffer(uint index)
    {
        if (index >= Count) ThrowOutOfRange(index);
        return new Span<byte>(_first + (long)index * StrideBytes + PacketMetadata.Bytes, BufferBytes);
    }

    /// <summary>The frame in a buffer, or an empty span when the metadata (which an NF can write) points outside it.</summary>
    public Span<byte> Frame(uint index)
    {
        ref readonly var metadata = ref Metadata(index);
        int offset = metadata.Offset, length = metadata.Length; // read once: another process may be changing them
        return offset + length > BufferBytes ? default
            : new Span<byte>(_first + (long)index * StrideBytes + PacketMetadata.Bytes + offset, length);
    }

    /// <summary>Begins to load what is read first of a packet: its metadata, and its headers where they are as received.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(uint index)
    {
        if (index >= Count || !Sse.IsSupported) return;
        var packet = _first + (long)index * StrideBytes;
        Sse.Prefetch0(packet);
        Sse.Prefetch0(packet + PacketMetadata.Bytes + HeadRoom);
    }

    /// <summary>Puts a frame into a buffer, behind the head room.</summary>
    public void Fill(uint index, ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(Buffer(index)[HeadRoom..]);
        Place(index, HeadRoom, frame.Length);
    }

    /// <summary>Says where in its buffer a frame lies that has just come in.</summary>
    /// <param name="index">The buffer.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="flowHash">If a network card has computed it.</param>
    public void Place(uint index, int offset, int length, uint flowHash = 0)
    {
        ref var metadata = ref Metadata(index);
        (metadata.Offset, metadata.Length, metadata.FlowHash) = ((ushort)offset, (ushort)length, flowHash);
    }

    public void Dispose() => Memory.Dispose();

    private static long SizeOf(uint count) =>
        ObjectHeader.Bytes + (long)count * StrideBytes;

    private void ThrowOutOfRange(uint index) =>
        throw new ArgumentOutOfRangeException(nameof(index), index, $"the pool has {Count} buffers");
}
