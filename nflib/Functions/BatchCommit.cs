using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>
/// What makes a batch happen once or not at all, whatever instruction its process dies at (invariant 7): the order of
/// stores of a commit and a capture, and what the next process does with what it finds.
/// </summary>
/// <remarks>
/// <code>
/// Running     the batch is open; lines and headers are journaled before they change, outputs lie beyond the tails
/// Committing  one store after the next loop state is written → publish tails, then heads; fold the changed lines into
///             the checkpoint's; the attempt is over; clear the journals
/// Capturing   copy the changed lines → slot.checkpoint = c → forget the changes; the next loop state waits behind no barrier
/// Running
/// </code>
/// A successor that finds Running undoes; one that finds Committing or Capturing does it again. Each step can be done
/// twice, so a successor may die of its recovery at any step as well.
/// </remarks>
internal sealed class BatchCommit
{
    private readonly NfAttachment _at;
    private readonly UndoJournal? _lines;
    private readonly KnownBadLoop _knownBad;

    public unsafe BatchCommit(NfAttachment attachment, KnownBadLoop knownBad)
    {
        _at = attachment;
        _knownBad = knownBad;
        Record = new CommitRecord(attachment.Block);
        if (!attachment.BatchCommit) return;
        _lines = attachment.Block.BeginJournaling();
        // Safe: the offsets are of the block's layout, which has the room that the journal asks for.
        var start = attachment.Block.Memory.Base;
        var saved = start + StateBlock.HeadersOffset;
        Packets = new PacketJournal(attachment.Pool, (ushort*)(start + StateBlock.HeaderLengthsOffset), (SavedPacket*)saved,
            saved + PacketJournal.SavedBytes);
    }

    public CommitRecord Record { get; }

    /// <summary>Where packets are saved before they change; null when batches are not undone.</summary>
    public PacketJournal? Packets { get; }

    /// <summary>From here on a death is the doing of this batch.</summary>
    public void Open(Direction direction, int packets, Attempt earlier)
    {
        Record.Attempt = Attempt.Open(direction, packets, earlier);
        FaultPoint.Reach(FaultStep.BatchOpened);
    }

    /// <summary>The loop state that the present batch leads to; as it is now, until the caller changes it.</summary>
    public ref LoopState Next()
    {
        ref var next = ref Record.Next;
        next = Record.Current;
        next.Attempt = Record.Attempt.AfterCommit();
        return ref next;
    }

    /// <summary>Makes the batch happen, and publishes it.</summary>
    public void Commit()
    {
        FaultPoint.Reach(FaultStep.RecordWritten);
        Record.Commit(CommitPhase.Committing);
        FaultPoint.Reach(FaultStep.Committing);
        CompleteCommit();
    }

    /// <summary>Copies the changed lines for the barrier that both inputs wait behind, whose slot is free.</summary>
    public void Capture()
    {
        Record.Enter(CommitPhase.Capturing);
        FaultPoint.Reach(FaultStep.Capturing);
        CompleteCapture();
    }

    /// <summary>Undoes or completes what the last process was at.</summary>
    /// <exception cref="InvalidDataException">What it left contradicts itself.</exception>
    /// <exception cref="StateLayoutException">Likewise, in its journal.</exception>
    public void Recover()
    {
        ref readonly var state = ref Record.Current;
        for (var i = 0; i < 2; i++)
        {
            _at.Inputs[i].Resume(state.Heads[i]);
            _at.Outputs[i].Resume(state.Tails[i]);
        }

        _at.Returns.Resume(state.Returns);
        _lines?.Resume();
        ref var vitals = ref _at.Block.Vitals;
        switch (Record.Phase)
        {
            case CommitPhase.Committing:
                vitals.CompletedCommits++;
                CompleteCommit();
                break;
            case CommitPhase.Capturing:
                vitals.CompletedCaptures++;
                CompleteCapture();
                break;
            default:
                if (Record.Attempt.IsOpen) vitals.UndoneBatches++;
                Undo();
                break;
        }

        FaultPoint.Reach(FaultStep.Recovered);
    }

    private void CompleteCommit()
    {
        ref readonly var state = ref Record.Current;
        // Outputs before inputs: a packet may be seen twice by a reader of both rings, never nowhere.
        for (var i = 0; i < 2; i++)
        {
            _at.Outputs[i].PublishTo(state.Tails[i]);
            FaultPoint.Reach(FaultStep.TailPublished);
        }

        _at.Returns.PublishTo(state.Returns);
        for (var i = 0; i < 2; i++)
        {
            FaultPoint.Reach(FaultStep.HeadPublished);
            _at.Inputs[i].AdvanceTo(state.Heads[i]);
        }

        if (_lines is { } lines) _at.Block.FoldBatch(lines);
        FaultPoint.Reach(FaultStep.LinesFolded);
        Record.Attempt = state.Attempt;
        _lines?.Clear();
        Packets?.Clear();
        FaultPoint.Reach(FaultStep.JournalsCleared);
        Record.Enter(CommitPhase.Running);
        FaultPoint.Reach(FaultStep.Committed);
    }

    private void CompleteCapture()
    {
        var checkpoint = Record.Current.Met[0];
        ref var vitals = ref _at.Block.Vitals;
        // Once the slot holds the checkpoint, nfmgr may have sent it: it is never written again.
        if (!_at.Slots.IsCaptured(checkpoint))
        {
            if (Record.Current.Joining != 0) _at.Block.BeginJoin();
            FaultPoint.Reach(FaultStep.MarkedForJoin);
            vitals.CapturedLines += (ulong)_at.Slots.Capture(_at.Block, checkpoint, _at.JoinLines);
        }
        else
        {
            _at.Slots.Forget(_at.Block, checkpoint);
        }

        vitals.Captures++;
        ref var next = ref Record.Next;
        next = Record.Current;
        next.Met = default;
        next.Joining = 0;
        FaultPoint.Reach(FaultStep.CaptureRecorded);
        Record.Commit(CommitPhase.Running);
    }

    private void Undo()
    {
        if ((_knownBad & KnownBadLoop.KeepHalfBatches) == 0)
        {
            _lines?.Undo();
            Packets?.Undo();
        }

        FaultPoint.Reach(FaultStep.Undone);
        var attempt = Record.Attempt;
        if (!attempt.IsOpen) return;
        if (attempt.IsIsolated)
        {
            TakeOut(attempt.Direction);
            return;
        }

        Record.Attempt = attempt.AfterDeath();
        FaultPoint.Reach(FaultStep.AttemptCounted);
    }

    /// <summary>Gives a packet that killed its NF alone to nfmgr, in a commit like any other.</summary>
    private void TakeOut(Direction direction)
    {
        var input = _at.Inputs[(int)direction];
        if (input.Available() == 0 || input.Peek(0) is not { Kind: DescriptorKind.Packet } packet) return;
        _at.Returns.Put(0, packet.AsPoison());
        _at.Block.ModifyDropped((int)DropReason.Poison)++;
        ref var statistics = ref _at.Block.ModifyStatistics();
        if (direction == Direction.LeftToRight) statistics.PacketsLeftToRight++;
        else statistics.PacketsRightToLeft++;
        ref var next = ref Next();
        next.Heads[(int)direction]++;
        next.Returns++;
        Commit();
    }
}
