using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Replicator.Root;

/// <summary>When the root closes a checkpoint, when one is complete, and which mode it is in.</summary>
internal sealed class CheckpointCloser
{
    /// <summary>Under load, and while one is under way, a checkpoint's period in least distances.</summary>
    private const int BusySpacings = 10;

    private readonly RootWiring _at;
    private ReplicationMode _mode = ReplicationMode.Alone;
    private int _modeRequest;
    private bool _joinBarrierDue;
    private ulong _closed, _completed, _prepared;
    private long _lastClose;
    private bool _open;

    private readonly KnownBadRoot _knownBad;

    public CheckpointCloser(RootWiring wiring, KnownBadRoot knownBad) => (_at, _knownBad) = (wiring, knownBad);

    /// <summary>The last closed checkpoint, and the last complete one.</summary>
    public ulong Closed => _closed;

    public ulong Completed => _completed;

    /// <summary>Whether outputs must wait for their checkpoint.</summary>
    public bool Latched => _mode == ReplicationMode.Latched;

    /// <summary>Something waits for the next barrier.</summary>
    public bool HasOpen => _mode != ReplicationMode.Alone && (_open || _joinBarrierDue);

    /// <summary>All that was closed is complete and prepared, and nothing came since.</summary>
    public bool IsSettled => !HasOpen && _completed == _closed && _prepared >= _closed;

    /// <summary>The clock at the last close; how far ahead of its heir's knowledge a ruler can be.</summary>
    public ulong ClosedClock { get; private set; }

    /// <summary>The replicator has said something that <see cref="FollowBoard"/> has not seen.</summary>
    public bool HasNews => _at.Board.ModeRequest != _modeRequest || _at.Board.Prepared > _prepared
                           || (_completed < _closed && IsCaptured(_completed + 1));

    public void ContinueFrom(ulong checkpoint, ulong clock)
    {
        _closed = _completed = _prepared = checkpoint;
        ClosedClock = clock;
        _at.Board.ContinueFrom(checkpoint);
        _at.Control.Prepared = ulong.MaxValue;
    }

    /// <summary>Something entered the open checkpoint.</summary>
    public void Accepted() => _open = true;

    /// <summary>Takes over what the replicator wants: another mode, a new prepared watermark.</summary>
    public int FollowBoard(Egress egress, long now)
    {
        var work = 0;
        var request = _at.Board.ModeRequest;
        // A rule that came before the request is begun before it: nothing leaves by the new mode under the old term.
        if (request != _modeRequest && !_at.Board.HasRule)
        {
            _modeRequest = request;
            _mode = _at.Board.RequestedMode;
            _joinBarrierDue = _mode == ReplicationMode.Joining;
            if (_mode != ReplicationMode.Latched)
            {
                // Nobody reads the slots of earlier checkpoints any more (a join can follow a standby's death at once), so
                // all are free; what waited for a standby that is gone may leave.
                _at.Control.Prepared = ulong.MaxValue;
                egress.OpenAll();
                RingAll();
            }

            _at.Board.ModeTaken(request, egress.ReleasedUpTo);
            _at.WakeReplicator();
            work++;
        }

        var prepared = _at.Board.Prepared;
        if (prepared > _prepared)
        {
            _prepared = prepared;
            if (_mode != ReplicationMode.Alone && !_joinBarrierDue && (_knownBad & KnownBadRoot.SlotsFreedWithoutJoiner) == 0)
            {
                _at.Control.Prepared = prepared;
                RingAll();
            }

            work++;
        }

        if (_mode == ReplicationMode.Latched) egress.Open(_prepared);
        if ((_knownBad & KnownBadRoot.ReleaseInTime) != 0 && now - _lastClose > 5_000_000) egress.OpenAll();
        return work;
    }

    /// <summary>Sends a barrier behind everything accepted so far if it is time for one, into both heads or none.</summary>
    /// <param name="received">Something was taken in by this step.</param>
    /// <param name="hasMore">And more waits: the chain has no time to lose, so checkpoints are larger and fewer.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="clock">Of the last input.</param>
    /// <param name="time">Of the root.</param>
    public bool TryClose(bool received, bool hasMore, long now, ulong clock, long time)
    {
        if (_mode == ReplicationMode.Alone) { ClosedClock = clock; return false; }
        if (!_open && !_joinBarrierDue && _at.Buffers.InLatch == 0) return false;
        var since = now - _lastClose;
        // One that is on its way sets the pace, as with group commit: more of them would only take the cores from each other.
        var isUnderWay = _mode == ReplicationMode.Latched && _closed > _prepared;
        var spacing = hasMore || isUnderWay ? Math.Min(BusySpacings * _at.MinSpacing, _at.MaxInterval) : _at.MinSpacing;
        if (since < spacing || ((_knownBad & KnownBadRoot.CloseOnlyOnReceive) != 0 && !received && !_joinBarrierDue)) return false;
        // A join begins anew: what an earlier standby did not prepare no longer holds anything up.
        var finished = _joinBarrierDue || (_knownBad & KnownBadRoot.SlotsFreedWithoutJoiner) != 0 ? _completed : Math.Min(_completed, _prepared);
        if (_closed - finished >= DeltaSlots.Count) return false;
        if (_at.Heads[0].Room(1) < 1 || _at.Heads[1].Room(1) < 1) return false;
        // The root's own delta must have a slot too.
        var checkpoint = _closed + 1;
        if (!_at.State.Slots.IsFree(checkpoint, _at.Control.Prepared)) return false;

        Close(checkpoint, _joinBarrierDue, now, clock, time);
        return true;
    }

    /// <summary>Every slot is free, as nobody will ever read one.</summary>
    public void BeginLast()
    {
        _at.Control.Prepared = ulong.MaxValue;
        RingAll();
    }

    /// <summary>Closes a checkpoint behind everything, which nobody will prepare.</summary>
    public bool TryCloseLast(long now, ulong clock, long time)
    {
        if (_completed < _closed || _at.Heads[0].Room(1) < 1 || _at.Heads[1].Room(1) < 1) return false;
        Close(_closed + 1, join: false, now, clock, time);
        return true;
    }

    private void Close(ulong checkpoint, bool join, long now, ulong clock, long time)
    {
        if (join)
        {
            // From this barrier on the joiner's slots wait for it.
            _prepared = checkpoint - 1;
            if ((_knownBad & KnownBadRoot.SlotsFreedWithoutJoiner) == 0) _at.Control.Prepared = _prepared;
        }

        _at.State.Set(clock, time);
        if (join) _at.State.Block.BeginJoin();
        _at.State.Slots.Capture(_at.State.Block, checkpoint, _at.JoinLines);
        _at.Board.Close(checkpoint, clock, time, now);
        var barrier = Descriptor.Barrier(checkpoint, join);
        _at.Heads[0].TryEnqueue(barrier);
        _at.Heads[1].TryEnqueue(barrier);

        _closed = checkpoint;
        ClosedClock = clock;
        _lastClose = now;
        _open = false;
        if (join)
        {
            _joinBarrierDue = false;
            _at.Board.JoinBarrierClosed(_modeRequest, checkpoint);
            _at.WakeReplicator();
        }
    }

    /// <summary>Notices checkpoints whose barrier is out of the chain in both directions and whose deltas are captured.</summary>
    public int TryComplete(Egress egress)
    {
        var completed = _completed;
        while (completed < _closed && completed < egress.BothBarriers && IsCaptured(completed + 1)) completed++;
        if (completed == _completed) return 0;
        _completed = completed;
        _at.Board.Complete(completed);
        if (_mode == ReplicationMode.Alone) return 1;
        _at.WakeReplicator();
        return 1;
    }

    private bool IsCaptured(ulong checkpoint)
    {
        foreach (var slots in _at.Slots)
        {
            if (!slots.IsCaptured(checkpoint)) return false;
        }

        return true;
    }

    private void RingAll()
    {
        foreach (var function in _at.Functions) function.Ring();
    }
}
