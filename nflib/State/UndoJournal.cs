using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.State;

/// <summary>
/// What a batch has changed in a state block so far: each line as it was before, so that the next process can undo a
/// batch in which this one died.
/// </summary>
/// <remarks>
/// Order of stores: line number and old bytes; count; mask bit; and only then may the line change. A death in between
/// leaves at worst an entry for a line that did not change. Undoing clears the mask before the count, because a bit
/// without an entry would let a later change go unjournaled. SIGKILL cuts a thread between two instructions, so only the
/// compiler has to be kept from reordering: that is what the write barriers are for (design: shared-memory.md). The branch
/// on the mask stays: copying always and counting by arithmetic cost 2.9 ns a packet in BatchCommitBenchmarks instead of 1.7.
/// </remarks>
internal sealed unsafe class UndoJournal
{
    /// <summary>Lines that can be journaled: the state, and the statistics behind it.</summary>
    public const int Lines = StateBlock.Lines + StateBlock.StatisticsBytes / StateBlock.LineBytes;

    internal const int MaskWords = (Lines + 63) / 64;

    private readonly byte* _data, _old;
    private readonly ulong* _mask;
    private readonly int* _sharedCount;
    private readonly ushort* _numbers;
    private int _count; // the shared count, which only this process writes while it owns the NF

    /// <param name="memory">A state block, whose size was checked.</param>
    public UndoJournal(MemoryObject memory)
    {
        // Safe: all of these tables lie inside the block's layout; line numbers are checked or masked, and the count never
        // passes the number of lines.
        _data = memory.Base + StateBlock.DataOffset;
        _mask = (ulong*)(memory.Base + StateBlock.BatchMaskOffset);
        _sharedCount = (int*)(memory.Base + StateBlock.UndoCountOffset);
        _numbers = (ushort*)(memory.Base + StateBlock.UndoNumbersOffset);
        _old = memory.Base + StateBlock.UndoLinesOffset;
    }

    /// <summary>Lines journaled in this batch.</summary>
    public int Count => _count;

    /// <summary>Says that a line is about to change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch(int line)
    {
        ref var word = ref _mask[line >> 6];
        var bit = 1UL << line;
        if ((word & bit) == 0) Append(line, ref word, bit);
    }

    /// <summary>A line of this batch, by the order of first touch.</summary>
    public int LineAt(int position) => _numbers[position];

    /// <summary>Takes up what the last owner left.</summary>
    /// <exception cref="StateLayoutException">The journal says something impossible.</exception>
    public void Resume()
    {
        var count = *_sharedCount;
        if ((uint)count > Lines) ThrowDamaged($"{count} entries");
        for (var i = 0; i < count; i++)
        {
            if (_numbers[i] >= Lines) ThrowDamaged($"line {_numbers[i]}");
        }

        _count = count;
    }

    /// <summary>Puts every line back as it was. Interrupted, it can be done again.</summary>
    public void Undo()
    {
        for (var i = _count - 1; i >= 0; i--)
        {
            new ReadOnlySpan<byte>(_old + i * StateBlock.LineBytes, StateBlock.LineBytes)
                .CopyTo(new Span<byte>(_data + _numbers[i] * StateBlock.LineBytes, StateBlock.LineBytes));
            FaultPoint.Reach(FaultStep.LineRestored);
        }

        Volatile.WriteBarrier();
        Clear();
    }

    /// <summary>Forgets the batch: it is committed, or undone.</summary>
    public void Clear()
    {
        for (var i = 0; i < _count; i++) _mask[_numbers[i] >> 6] = 0;
        FaultPoint.Reach(FaultStep.BatchMaskCleared);
        Volatile.WriteBarrier();
        *_sharedCount = _count = 0;
    }

    private void Append(int line, ref ulong word, ulong bit)
    {
        var at = _count;
        if ((uint)at >= Lines) ThrowDamaged($"{at} entries");
        _numbers[at] = (ushort)line;
        Unsafe.CopyBlockUnaligned(_old + at * StateBlock.LineBytes, _data + line * StateBlock.LineBytes, StateBlock.LineBytes);
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.LineCopied);
        *_sharedCount = _count = at + 1;
        FaultPoint.Reach(FaultStep.LineCounted);
        word |= bit;
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.LineMarked);
    }

    [DoesNotReturn]
    private static void ThrowDamaged(string what) =>
        throw new StateLayoutException($"the undo journal holds {what}, but a block has {Lines} lines; its memory is damaged");
}
