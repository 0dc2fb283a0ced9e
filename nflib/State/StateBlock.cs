using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.State;

/// <summary>
/// The memory of one NF instance's state: 64 KiB in 64 chunks of 1 KiB, each of 16 lines of 64 bytes, and beside it
/// (not replicated) which lines changed since the last capture.
/// </summary>
/// <remarks>
/// One writer: the NF while it is active, nfmgr while the NF sleeps. They hand over by the chain's control word, so
/// nothing here needs to be atomic.
/// </remarks>
public sealed unsafe class StateBlock : IDisposable
{
    public const uint Version = 1;
    public const int Bytes = 64 * 1024, Chunks = 64, ChunkBytes = 1024, LineBytes = 64, LinesPerChunk = 16;
    public const int Lines = Bytes / LineBytes;

    internal const int ChunkMaskOffset = 64, LineMasksOffset = 128, StatisticsOffset = 256, DataOffset = 4096;

    private readonly byte* _data;
    private readonly ulong* _chunkMask;
    private readonly ushort* _lineMasks;

    public StateBlock(MemoryObject memory)
    {
        // Safe: the mapping is at least as large as the layout, and Span, Mark and the containers check offsets
        // against the constant size of the block.
        if (memory.Bytes < DataOffset + Bytes)
            throw new MemoryObjectException($"state block: {memory.Bytes} bytes are fewer than {DataOffset + Bytes}");
        Memory = memory;
        _data = memory.Base + DataOffset;
        _chunkMask = (ulong*)(memory.Base + ChunkMaskOffset);
        _lineMasks = (ushort*)(memory.Base + LineMasksOffset);
    }

    public MemoryObject Memory { get; }

    /// <summary>The replicated 64 KiB.</summary>
    public Span<byte> Data => new(_data, Bytes);

    /// <summary>One bit per chunk with a changed line.</summary>
    public ulong ChangedChunks => *_chunkMask;

    internal ref NfStatistics Statistics => ref *(NfStatistics*)(Memory.Base + StatisticsOffset);

    public static StateBlock Create(string instance) =>
        new(MemoryObject.Create($"state-{instance}", ObjectKind.StateBlock, Version, DataOffset + Bytes));

    public static StateBlock OnHeap() =>
        new(MemoryObject.OnHeap(ObjectKind.StateBlock, Version, DataOffset + Bytes));

    /// <summary>The changed lines of a chunk, one bit each.</summary>
    public ushort ChangedLines(int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)chunk, (uint)Chunks);
        return _lineMasks[chunk];
    }

    /// <summary>Says that the bytes are about to change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Mark(int offset, int length)
    {
        var line = offset / LineBytes;
        var last = (offset + length - 1) / LineBytes;
        do
        {
            // Safe: container offsets were checked against Bytes when the container was declared; the masks keep the
            // indices inside the two tables whatever the caller passes.
            var chunk = line / LinesPerChunk & (Chunks - 1);
            _lineMasks[chunk] |= (ushort)(1 << (line & (LinesPerChunk - 1)));
            *_chunkMask |= 1UL << chunk;
        }
        while (++line <= last);
    }

    /// <summary>A reference into the block for reading. The caller's offset was checked at declaration.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T At<T>(int offset) where T : unmanaged => ref *(T*)(_data + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T MarkedAt<T>(int offset) where T : unmanaged
    {
        Mark(offset, sizeof(T));
        return ref At<T>(offset);
    }

    /// <summary>Marks every line that holds anything, so that the next capture is the whole state (a standby joins; it
    /// starts from zeroes, so lines of zeroes need not travel).</summary>
    public void MarkAllInUse()
    {
        for (var line = 0; line < Lines; line++)
        {
            var bytes = new ReadOnlySpan<byte>(_data + line * LineBytes, LineBytes);
            if (bytes.ContainsAnyExcept((byte)0)) Mark(line * LineBytes, LineBytes);
        }
    }

    /// <summary>Forgets what changed.</summary>
    public void ClearMarks()
    {
        for (var chunks = *_chunkMask; chunks != 0; chunks &= chunks - 1)
            _lineMasks[BitOperations.TrailingZeroCount(chunks)] = 0;
        *_chunkMask = 0;
    }

    /// <summary>Back to an undeclared block of zeroes.</summary>
    public void Clear()
    {
        NativeMemory.Clear(_data, Bytes);
        ClearMarks();
    }

    public void Dispose() => Memory.Dispose();
}
