using System.Runtime.InteropServices;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>How far an NF has come with a batch.</summary>
internal enum CommitPhase : uint
{
    /// <summary>Everything since the last commit is to be undone.</summary>
    Running = 0,

    /// <summary>The next loop state holds; what it says is to be published.</summary>
    Committing = 1,

    /// <summary>Changed lines are being copied for the barrier that was met.</summary>
    Capturing = 2,
}

/// <summary>
/// Where an NF stands between two batches, in shared memory, so that the next process goes on there. All positions are
/// absolute, so publishing them twice is harmless. Index 0 of the pairs is left to right.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct LoopState
{
    [FieldOffset(0)] public Pair Heads;
    [FieldOffset(16)] public Pair Tails;
    [FieldOffset(32)] public ulong Returns;
    /// <summary>The barrier that each input waits behind, or 0.</summary>
    [FieldOffset(40)] public Pair Met;
    /// <summary>The barrier belongs to a join: the capture is of every line in use.</summary>
    [FieldOffset(56)] public uint Joining;
    /// <summary>What <see cref="CommitRecord.Attempt"/> becomes.</summary>
    [FieldOffset(64)] public Attempt Attempt;

    [System.Runtime.CompilerServices.InlineArray(2)]
    internal struct Pair
    {
        private ulong _first;
    }
}

/// <summary>How often the batch at the head of an input has killed its NF: one word, so that it changes at once.</summary>
internal readonly record struct Attempt(ulong Raw)
{
    private const ulong OpenBit = 1, IsolatedBit = 2, RightToLeftBit = 4;

    /// <summary>The batch is being processed: a death now is its doing.</summary>
    public bool IsOpen => (Raw & OpenBit) != 0;

    /// <summary>It is a single packet of a batch that has killed its NF twice.</summary>
    public bool IsIsolated => (Raw & IsolatedBit) != 0;

    public Direction Direction => (Raw & RightToLeftBit) != 0 ? Direction.RightToLeft : Direction.LeftToRight;

    /// <summary>Deaths of which it is suspected.</summary>
    public int Deaths => (byte)(Raw >> 8);

    /// <summary>Its packets; those still to be taken one by one when the batch is split. 0 for a tick.</summary>
    public int Packets => (byte)(Raw >> 16);

    /// <summary>The packets are to be processed one by one.</summary>
    public bool IsSplit => Deaths >= 2 && Packets > 0;

    public static Attempt Open(Direction direction, int packets, Attempt earlier) =>
        new(OpenBit | (earlier.IsSplit ? IsolatedBit : 0) | (direction == Direction.RightToLeft ? RightToLeftBit : 0)
            | (ulong)earlier.Deaths << 8 | (ulong)(earlier.IsSplit ? earlier.Packets : packets) << 16);

    /// <summary>The process has died of it; it is to be tried again.</summary>
    public Attempt AfterDeath() =>
        new((Raw & ~(OpenBit | IsolatedBit | 0xFFUL << 8)) | (ulong)Math.Min(Deaths + 1, byte.MaxValue) << 8);

    /// <summary>It is done: nothing is under suspicion, but for the rest of a split batch.</summary>
    public Attempt AfterCommit() => IsIsolated && Packets > 1
        ? new((Raw & ~(OpenBit | IsolatedBit | 0xFFUL << 16)) | (ulong)(Packets - 1) << 16)
        : default;
}

/// <summary>
/// An NF's commit record in its state block: which of two loop states holds, and what is being done with the other.
/// </summary>
/// <remarks>
/// The state word is the sequence number of commits and the phase. A commit writes the loop state that does not hold, and
/// then the state word by one release store: from then on it holds, whatever of it has been published.
/// </remarks>
internal sealed unsafe class CommitRecord
{
    internal const int AttemptOffset = 64, StatesOffset = 128, Bytes = 384, StateBytes = 128;

    private readonly byte* _record;

    public CommitRecord(StateBlock block)
    {
        // Safe: the block's layout has room for the record, and a loop state's index is a single bit.
        _record = block.Memory.Base + StateBlock.RecordOffset;
    }

    public ulong Sequence => Word >> 2;

    /// <exception cref="InvalidDataException">There is no such phase.</exception>
    public CommitPhase Phase => (CommitPhase)(Word & 3) is <= CommitPhase.Capturing and var phase ? phase
        : throw new InvalidDataException($"the commit record is damaged: phase {Word & 3}");

    /// <summary>The loop state that holds.</summary>
    public ref readonly LoopState Current => ref StateAt(Sequence);

    /// <summary>The loop state that the next commit makes hold.</summary>
    public ref LoopState Next => ref StateAt(Sequence + 1);

    public Attempt Attempt
    {
        get => *(Attempt*)(_record + AttemptOffset);
        set
        {
            // One store; what follows must not come before it.
            *(Attempt*)(_record + AttemptOffset) = value;
            Volatile.WriteBarrier();
        }
    }

    private ulong Word => *(ulong*)_record;

    /// <summary>Makes the next loop state hold. The batch is done with this one store.</summary>
    public void Commit(CommitPhase phase) => Set(Sequence + 1, phase);

    public void Enter(CommitPhase phase) => Set(Sequence, phase);

    // Release: whatever was written before belongs to what the word says.
    private void Set(ulong sequence, CommitPhase phase) => Volatile.Write(ref *(ulong*)_record, sequence << 2 | (ulong)phase);

    private ref LoopState StateAt(ulong sequence) =>
        ref *(LoopState*)(_record + StatesOffset + (int)(sequence & 1) * StateBytes);
}
