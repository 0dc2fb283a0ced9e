using System.Numerics;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.State;

/// <summary>
/// Where one instance's captured changes wait for the replicator: a few slots, checkpoint c in slot c mod their
/// number. The NF fills a slot; nfmgr only reads it.
/// </summary>
/// <remarks>
/// A slot holds a line with {checkpoint, chunk mask, line count, lines that a join still lacks}, the 64 line masks, and the changed lines in order.
/// It is free again when the published prepared watermark has reached its checkpoint, so no mark can be lost.
/// </remarks>
public sealed unsafe class DeltaSlots : IDisposable
{
    public const uint Version = 1;

    /// <summary>Slots per instance: as many as checkpoints may be in flight (K in the protocol).</summary>
    public const int Count = 4;

    private const int ChunksOffset = 8, CountOffset = 16, JoinRemainingOffset = 20;

    internal const int MasksOffset = 64, LinesOffset = MasksOffset + StateBlock.Chunks * sizeof(ushort);
    internal const int SlotBytes = LinesOffset + StateBlock.Bytes;

    private readonly byte* _slots;

    public DeltaSlots(MemoryObject memory)
    {
        // Safe: the mapping is at least as large as all slots, and a slot's index is taken modulo their number.
        if (memory.Bytes < Total) throw new MemoryObjectException($"delta slots: {memory.Bytes} bytes are fewer than {Total}");
        Memory = memory;
        _slots = memory.Base + ObjectHeader.Bytes;
    }

    public MemoryObject Memory { get; }

    private static long Total => ObjectHeader.Bytes + (long)Count * SlotBytes;

    public static DeltaSlots Create(string instance) =>
        new(MemoryObject.Create($"deltas-{instance}", ObjectKind.DeltaSlots, Version, Total, Count, SlotBytes));

    public static DeltaSlots OnHeap() =>
        new(MemoryObject.OnHeap(ObjectKind.DeltaSlots, Version, Total, Count, SlotBytes));

    /// <summary>The checkpoint whose delta stands in the slot that <paramref name="checkpoint"/> uses.</summary>
    // Acquire: pairs with the release in Capture, so a reader that sees the number sees the whole delta.
    public ulong Holds(ulong checkpoint) => Volatile.Read(ref *(ulong*)Slot(checkpoint));

    public bool IsCaptured(ulong checkpoint) => Holds(checkpoint) == checkpoint;

    /// <summary>Whether the slot for <paramref name="checkpoint"/> may be overwritten.</summary>
    public bool IsFree(ulong checkpoint, ulong preparedWatermark) => Holds(checkpoint) <= preparedWatermark;

    /// <summary>Lines that a joining standby still lacked after this capture.</summary>
    public int JoinRemaining(ulong checkpoint) => Math.Clamp(*(int*)(Slot(checkpoint) + JoinRemainingOffset), 0, StateBlock.Lines);

    /// <summary>Copies the block's changed lines into the checkpoint's slot, and some of those that a joining standby lacks;
    /// publishes it, and forgets the changes.</summary>
    /// <param name="block">The instance's state.</param>
    /// <param name="checkpoint">Whose slot is free.</param>
    /// <param name="maxJoinLines">Most lines that did not change, so that a join holds no packet up for long.</param>
    /// <returns>Lines copied.</returns>
    public int Capture(StateBlock block, ulong checkpoint, int maxJoinLines = StateBlock.Lines)
    {
        var slot = Slot(checkpoint);
        var masks = (ushort*)(slot + MasksOffset);
        var to = slot + LinesOffset;
        var captured = 0UL;
        var remaining = 0;
        fixed (byte* from = block.Data)
        {
            // Safe: chunk < 64 and line < 16 by the width of the masks, so reads stay in the block and at most
            // 1,024 lines are written, which the slot has room for.
            for (var chunks = block.ChangedChunks | block.JoiningChunks; chunks != 0; chunks &= chunks - 1)
            {
                var chunk = BitOperations.TrailingZeroCount(chunks);
                uint lines = block.ChangedLines(chunk);
                var lacking = block.JoiningLines(chunk) & ~lines;
                for (; lacking != 0 && maxJoinLines > 0; maxJoinLines--)
                {
                    lines |= lacking & (0 - lacking);
                    lacking &= lacking - 1;
                }

                remaining += BitOperations.PopCount(lacking);
                if (lines == 0) continue;
                captured |= 1UL << chunk;
                masks[chunk] = (ushort)lines;
                for (; lines != 0; lines &= lines - 1, to += StateBlock.LineBytes)
                {
                    var line = chunk * StateBlock.LinesPerChunk + BitOperations.TrailingZeroCount(lines);
                    Buffer.MemoryCopy(from + line * StateBlock.LineBytes, to, StateBlock.LineBytes, StateBlock.LineBytes);
                }
            }
        }

        var copied = (int)(to - slot - LinesOffset) / StateBlock.LineBytes;
        *(ulong*)(slot + ChunksOffset) = captured;
        *(int*)(slot + CountOffset) = copied;
        *(int*)(slot + JoinRemainingOffset) = remaining;
        FaultPoint.Reach(FaultStep.SlotFilled);
        // Release: publishes the delta to nfmgr; only then may the changes be forgotten.
        Volatile.Write(ref *(ulong*)slot, checkpoint);
        FaultPoint.Reach(FaultStep.SlotPublished);
        Volatile.WriteBarrier();
        Forget(block, checkpoint);
        return copied;
    }

    /// <summary>Forgets what a checkpoint's slot holds; can be done again, since the slot itself says what that is.</summary>
    internal void Forget(StateBlock block, ulong checkpoint)
    {
        // Safe: a chunk is below 64 by the width of the mask, so its line mask lies in the slot, and the block's in the block.
        var slot = Slot(checkpoint);
        if (block.JoiningChunks != 0)
        {
            for (var chunks = *(ulong*)(slot + ChunksOffset); chunks != 0; chunks &= chunks - 1)
            {
                var chunk = BitOperations.TrailingZeroCount(chunks);
                block.ForgetJoined(chunk, ((ushort*)(slot + MasksOffset))[chunk]);
            }

            FaultPoint.Reach(FaultStep.JoinedForgotten);
        }

        block.ClearMarks();
    }

    /// <summary>Encodes the captured delta for the wire: chunk mask, then the line masks of its chunks, then the lines.
    /// Returns the bytes written. What an NF wrote is bounded, not believed.</summary>
    public int Encode(ulong checkpoint, Span<byte> destination)
    {
        var slot = Slot(checkpoint);
        var chunkMask = *(ulong*)(slot + ChunksOffset);
        var writer = destination;
        MemoryMarshal.Write(writer, chunkMask);
        writer = writer[sizeof(ulong)..];
        var lines = 0;
        for (var chunks = chunkMask; chunks != 0; chunks &= chunks - 1)
        {
            // Read once: the count must agree with the mask that we send even if the NF scribbles.
            var mask = ((ushort*)(slot + MasksOffset))[BitOperations.TrailingZeroCount(chunks)];
            MemoryMarshal.Write(writer, mask);
            writer = writer[sizeof(ushort)..];
            lines += BitOperations.PopCount(mask);
        }

        // Safe: at most 64 masks of 16 bits, so at most 1,024 lines, all inside the slot.
        new ReadOnlySpan<byte>(slot + LinesOffset, lines * StateBlock.LineBytes).CopyTo(writer);
        return destination.Length - writer.Length + lines * StateBlock.LineBytes;
    }

    public void Dispose() => Memory.Dispose();

    private byte* Slot(ulong checkpoint) => _slots + (long)(checkpoint % Count) * SlotBytes;
}
