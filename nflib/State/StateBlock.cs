using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.State;

/// <summary>
/// The memory of one NF instance's state: 64 KiB in 64 chunks of 1 KiB, each of 16 lines of 64 bytes. Beside it, and not
/// replicated: which lines changed since the last capture, and what the next process needs to go on if this one dies.
/// </summary>
/// <remarks>
/// One writer: the NF while it is active, nfmgr while the NF sleeps. They hand over by the chain's control word, so
/// nothing here needs to be atomic.
/// </remarks>
public sealed unsafe class StateBlock : IDisposable
{
    public const uint Version = 3;
    public const int Bytes = 64 * 1024, Chunks = 64, ChunkBytes = 1024, LineBytes = 64, LinesPerChunk = 16;
    public const int Lines = Bytes / LineBytes;

    internal const int StatisticsBytes = 192;

    // Each part begins on a line of its own; LayoutTests holds them apart.
    internal const int ChunkMaskOffset = 64, JoinChunksOffset = 72, LineMasksOffset = 128, VitalsOffset = 256, LockOffset = 832, RecordOffset = 896,
        BatchMaskOffset = 1280, UndoCountOffset = 1472, UndoNumbersOffset = 1536, HeaderLengthsOffset = 3648, JoinMasksOffset = 3840, DataOffset = 4096,
        StatisticsOffset = DataOffset + Bytes, UndoLinesOffset = StatisticsOffset + StatisticsBytes,
        HeadersOffset = UndoLinesOffset + (Lines + StatisticsBytes / LineBytes) * LineBytes,
        TotalBytes = HeadersOffset + HeadersBytes;

    /// <summary>What 32 packets of a batch are saved in: 16 bytes of metadata each, and their whole buffers.</summary>
    internal const int HeadersBytes = 32 * (16 + 2304);

    private const int FirstStatisticsLine = Lines;

    private readonly byte* _data;
    private readonly ulong* _chunkMask, _joinChunks;
    private readonly ushort* _lineMasks, _joinMasks;
    private UndoJournal? _journal;

    public StateBlock(MemoryObject memory)
    {
        // Safe: the mapping is at least as large as the layout, and Span, Mark and the containers check offsets
        // against the constant size of the block.
        if (memory.Bytes < TotalBytes)
            throw new MemoryObjectException($"state block: {memory.Bytes} bytes are fewer than {TotalBytes}");
        Memory = memory;
        _data = memory.Base + DataOffset;
        _chunkMask = (ulong*)(memory.Base + ChunkMaskOffset);
        _lineMasks = (ushort*)(memory.Base + LineMasksOffset);
        _joinChunks = (ulong*)(memory.Base + JoinChunksOffset);
        _joinMasks = (ushort*)(memory.Base + JoinMasksOffset);
    }

    public MemoryObject Memory { get; }

    /// <summary>The replicated 64 KiB.</summary>
    public Span<byte> Data => new(_data, Bytes);

    /// <summary>One bit per chunk with a changed line.</summary>
    public ulong ChangedChunks => *_chunkMask;

    /// <summary>One bit per chunk with a line that a joining standby does not have yet.</summary>
    public ulong JoiningChunks => *_joinChunks;

    internal ref NfStatistics Statistics => ref *(NfStatistics*)(Memory.Base + StatisticsOffset);

    internal ref NfVitals Vitals => ref *(NfVitals*)(Memory.Base + VitalsOffset);

    public static StateBlock Create(string instance) =>
        new(MemoryObject.Create($"state-{instance}", ObjectKind.StateBlock, Version, TotalBytes));

    public static StateBlock OnHeap() =>
        new(MemoryObject.OnHeap(ObjectKind.StateBlock, Version, TotalBytes));

    /// <summary>The changed lines of a chunk, one bit each.</summary>
    public ushort ChangedLines(int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)chunk, (uint)Chunks);
        return _lineMasks[chunk];
    }

    /// <summary>The lines of a chunk that a joining standby does not have yet, one bit each.</summary>
    public ushort JoiningLines(int chunk)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)chunk, (uint)Chunks);
        return _joinMasks[chunk];
    }

    /// <summary>From now on changes belong to a batch: they count as changed when it is committed.</summary>
    internal UndoJournal BeginJournaling() => _journal = new UndoJournal(Memory);

    /// <summary>Says that the bytes are about to change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Mark(int offset, int length)
    {
        // Safe: container offsets were checked against Bytes when the container was declared; the masks keep the indices
        // inside the tables whatever the caller passes.
        var line = (int)((uint)offset / LineBytes);
        var last = (int)((uint)(offset + length - 1) / LineBytes);
        MarkLine(line);
        if (line < last) MarkLines(line + 1, last);
    }

    private void MarkLines(int line, int last)
    {
        for (; line <= last; line++) MarkLine(line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkLine(int line)
    {
        if (_journal is { } journal) journal.Touch(line & (Lines - 1));
        else MarkChanged(line & (Lines - 1));
    }

    /// <summary>The statistics, to be changed together with the state: on their first line, and a drop counter.</summary>
    internal ref NfStatistics ModifyStatistics()
    {
        _journal?.Touch(FirstStatisticsLine);
        return ref Statistics;
    }

    internal ref ulong ModifyDropped(int reason)
    {
        _journal?.Touch(FirstStatisticsLine + (NfStatistics.DroppedOffset + reason * sizeof(ulong)) / LineBytes);
        return ref Statistics.Dropped[reason];
    }

    /// <summary>A committed batch's changes become the checkpoint's.</summary>
    internal void FoldBatch(UndoJournal journal)
    {
        for (var i = 0; i < journal.Count; i++)
        {
            if (journal.LineAt(i) is < Lines and var line) MarkChanged(line);
        }
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

    /// <summary>Marks every line that holds anything for a standby that joins, a part of which goes with each capture. It starts
    /// from zeroes, so lines of zeroes need not travel.</summary>
    public void BeginJoin()
    {
        var chunks = 0UL;
        for (var chunk = 0; chunk < Chunks; chunk++)
        {
            uint lines = 0;
            for (var line = 0; line < LinesPerChunk; line++)
            {
                var bytes = new ReadOnlySpan<byte>(_data + chunk * ChunkBytes + line * LineBytes, LineBytes);
                if (bytes.ContainsAnyExcept((byte)0)) lines |= 1u << line;
            }

            _joinMasks[chunk] = (ushort)lines;
            if (lines != 0) chunks |= 1UL << chunk;
        }

        *_joinChunks = chunks;
    }

    /// <summary>A joining standby gets these lines of a chunk.</summary>
    internal void ForgetJoined(int chunk, ushort lines)
    {
        if ((_joinMasks[chunk] &= (ushort)~lines) == 0) *_joinChunks &= ~(1UL << chunk);
    }

    /// <summary>Forgets what changed.</summary>
    public void ClearMarks()
    {
        for (var chunks = *_chunkMask; chunks != 0; chunks &= chunks - 1)
            _lineMasks[BitOperations.TrailingZeroCount(chunks)] = 0;
        FaultPoint.Reach(FaultStep.ChangesForgotten);
        // Last: a mask of lines without its chunk's bit would be found by nobody.
        Volatile.WriteBarrier();
        *_chunkMask = 0;
    }

    /// <summary>Writes a whole state; lines that stay as they are don't count as changed.</summary>
    internal void Replace(ReadOnlySpan<byte> state)
    {
        for (var offset = 0; offset < Bytes; offset += LineBytes)
        {
            var line = state.Slice(offset, LineBytes);
            if (line.SequenceEqual(Data.Slice(offset, LineBytes))) continue;
            Mark(offset, LineBytes);
            line.CopyTo(Data[offset..]);
        }
    }

    /// <summary>Back to an undeclared block of zeroes.</summary>
    public void Clear()
    {
        NativeMemory.Clear(_data, Bytes);
        ClearMarks();
        NativeMemory.Clear(_joinMasks, Chunks * sizeof(ushort));
        *_joinChunks = 0;
    }

    public void Dispose() => Memory.Dispose();

    /// <summary>The line belongs to the next capture.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void MarkChanged(int line)
    {
        var chunk = (uint)line / LinesPerChunk;
        var bit = (ushort)(1 << (line & (LinesPerChunk - 1)));
        // Most changes are of lines that are marked already: a look costs less than a store that the next look has to wait for.
        if ((_lineMasks[chunk] & bit) != 0) return;
        *_chunkMask |= 1UL << (int)chunk;
        // The chunk first: a death in between must not leave a line that looks marked and that nobody finds.
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.ChunkMarked);
        _lineMasks[chunk] |= bit;
    }
}
