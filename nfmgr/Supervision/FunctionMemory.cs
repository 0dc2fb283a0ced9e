using System.Text;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>What nfmgr sees of an NF in shared memory. All of it are hints: the NF can write anything there.</summary>
internal sealed class FunctionMemory(ChainControl control, int index, StateBlock block, RingViews rings, Doorbell bell)
{
    private readonly CommitRecord _record = new(block);
    private readonly RobustMutex _lock = new(block.Memory, StateBlock.LockOffset);

    public ulong Beat => Volatile.Read(ref block.Vitals.Beat);

    /// <summary>Generation of the process that owns the NF.</summary>
    public uint Owner => Volatile.Read(ref block.Vitals.Owner);

    public int OwnerThread => Volatile.Read(ref block.Vitals.OwnerThread);

    /// <summary>The thread that the lock itself names, or 0.</summary>
    public int LockThread => _lock.OwnerThread;

    public long TookOverAt => Volatile.Read(ref block.Vitals.TookOverAt);

    public long FirstOutputAt => Volatile.Read(ref block.Vitals.FirstOutputAt);

    /// <summary>Batches, ticks and barriers that were committed so far.</summary>
    public ulong Committed => _record.Sequence;

    public bool IsActive => control.Active;

    public bool IsPaused => control.IsPaused(index);

    /// <summary>Gives the lock to who waits for it, or makes it free; while no process that may have it lives.</summary>
    public void FreeLock() => RobustMutex.DeclareOwnerDead(block.Memory, StateBlock.LockOffset);

    public void Pause(bool paused)
    {
        control.Pause(index, paused);
        bell.Ring();
    }

    /// <summary>Processes up to this generation hand over.</summary>
    public void Retire(uint generation)
    {
        control.Retire(index, generation);
        bell.Ring();
    }

    public ulong HeadOf(int direction) => rings.InputOf(index, direction).Head;

    /// <summary>Whether the input holds something, and nothing that nfmgr knows of keeps the NF from reading it.</summary>
    public bool MayRead(int direction)
    {
        if (!IsActive || IsPaused || rings.InputOf(index, direction).Unread == 0) return false;
        var (met, attempt) = (_record.Current.Met[direction], _record.Attempt);
        // Behind a barrier it waits for the other side's, or for a slot; a suspected batch goes first.
        if (met != 0 || (attempt.Deaths > 0 && (int)attempt.Direction != direction)) return false;
        return HasRoom(rings.OutputOf(index, direction)) && HasRoom(rings.Returns[index]);
    }

    /// <summary>What a process said before it ended, or null; one line of printable text.</summary>
    public string? LastWordsOf(uint generation)
    {
        var last = block.Vitals.Last; // a copy: the NF may write meanwhile
        if (last.Generation != generation) return null;
        ReadOnlySpan<byte> said = last.Text;
        var text = Encoding.UTF8.GetString(said[..Math.Clamp(last.TextBytes, 0, LastWords.MaxTextBytes)]);
        return string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)).Trim();
    }

    private static bool HasRoom(RingView ring) => ring.Unread + 1 < ring.Capacity;
}
