using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Announcing;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Replicator.Root;

/// <summary>
/// The root of a chain on the node that rules: takes packets in, gives each its clock, closes checkpoints by barriers
/// into both directions, holds outputs in the latch until their checkpoint is prepared, and sends them out. Steps
/// without waiting; its only inputs are its rings, its ports, the board and the time.
/// </summary>
public sealed class ChainRoot
{
    /// <summary>Distance of the clocks of two rulers: more than a ruler can have given out unheard by its heir.</summary>
    public const ulong ClockLeap = 1UL << 40;

    /// <summary>Distance of the clocks of a ruler that was succeeded and rules again: more than its successor, of whose clock it
    /// knows nothing, gives out in years.</summary>
    public const ulong ResumeLeap = 1UL << 52;

    /// <summary>Distance of two ticks in nanoseconds.</summary>
    public const long TickInterval = 10_000_000;

    private const int Burst = 32, StepsPerRing = 8;

    private readonly RootWiring _at;
    private readonly CheckpointCloser _closer;
    private readonly Egress _egress;
    private readonly Inspection _inspection;
    private readonly Announcer[] _announcers;
    private readonly uint[] _peeked = new uint[Burst], _given = new uint[Burst];
    private readonly Descriptor[] _descriptors = new Descriptor[Burst];
    private bool _ruling, _halted, _hasReleased;
    private Term _term;
    private ulong _clock;
    private long _time;
    private bool _wakeFirst, _wakeLast;
    private bool _hasMore; // a port filled all that it was given
    private int _unannounced; // steps since an NF was to be woken

    /// <summary>Lends the ports their buffers, with which they start.</summary>
    /// <exception cref="IOException">A port can't start.</exception>
    public ChainRoot(RootWiring wiring) : this(wiring, KnownBadRoot.None) { }

    internal ChainRoot(RootWiring wiring, KnownBadRoot knownBad)
    {
        _at = wiring;
        KnownBad = knownBad;
        Statistics = new RootStatistics();
        _closer = new CheckpointCloser(wiring, knownBad);
        var blame = new Blame(wiring.Rings);
        _egress = new Egress(wiring, Statistics, _closer, blame);
        _inspection = new Inspection(wiring, _closer, _egress, blame);
        _announcers = [new Announcer(wiring.State.Stations[0]), new Announcer(wiring.State.Stations[1])];
        foreach (var port in wiring.Ports) LendTo(port);
    }

    public RootStatistics Statistics { get; }

    /// <summary>Whether this node takes packets in.</summary>
    public bool IsRuling => _ruling;

    /// <summary>Outputs that wait for their checkpoint.</summary>
    public int Latched => _at.Buffers.InLatch;

    internal KnownBadRoot KnownBad { get; }

    /// <summary>Does what can be done now.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="wallClock">Nanoseconds since the Unix epoch; may step, the root's time does not run backwards.</param>
    /// <returns>0 when there was nothing to do.</returns>
    /// <exception cref="ChainFaultException">An NF handed over something impossible. The root has halted.</exception>
    public int DoWork(long now, long wallClock)
    {
        if (_at.Board.HasEnded)
        {
            _ruling = false;
            return 0;
        }

        if (_halted || _at.Board.IsHaltAsked) return Halt();
        try
        {
            return _at.Board.IsFreezeAsked ? Freeze(now) : Step(now, wallClock);
        }
        catch (ChainFaultException)
        {
            Halt();
            throw;
        }
    }

    /// <summary>Looks for what NFs do wrong without sending anything impossible; for every 100 ms or so.</summary>
    /// <param name="now">Monotonic nanoseconds, as for <see cref="DoWork"/>.</param>
    /// <exception cref="ChainFaultException">An NF did. The root has halted.</exception>
    public void Inspect(long now)
    {
        if (!_ruling || _at.Board.HasEnded || _at.Board.IsFreezeAsked) return;
        try
        {
            _inspection.Look(now);
        }
        catch (ChainFaultException)
        {
            Halt();
            throw;
        }
    }

    private int Step(long now, long wallClock)
    {
        // Looked at first: a switchover that is called off ends with a rule, under which packets are taken in again.
        _isQuiet = _at.Board.IsQuietAsked;
        var work = TakeRules(now);
        if (!_ruling) return work;
        _time = Math.Max(_time, wallClock / 1000 * 1000); // whole microseconds, so that a tick carries it exactly

        work += _egress.TakeReturns() + _egress.TakeSent();
        work += Tell(0, now) + Tell(1, now);
        work += _egress.Collect(Direction.LeftToRight);
        work += _egress.Collect(Direction.RightToLeft);
        work += _closer.FollowBoard(_egress, now);
        var released = _egress.Release(_term, _time);
        if (!_hasReleased && released > 0) NoteFirstRelease(now);
        work += released;

        _hasMore = false;
        var received = Receive(Direction.LeftToRight) + Receive(Direction.RightToLeft);
        var tick = TryTick();
        if (_closer.TryClose(received > 0, _hasMore, now, _clock, _time)) _wakeFirst = _wakeLast = true;
        work += received + tick;
        work += _closer.TryComplete(_egress) + TryBecomeQuiet();

        RingFunctions(isIdle: work == 0);
        _at.Ports[0].Flush();
        _at.Ports[1].Flush();
        return work;
    }

    /// <summary>Like an NF, it wakes who sleeps for some bursts at once.</summary>
    private void RingFunctions(bool isIdle)
    {
        if (!_wakeFirst && !_wakeLast) return;
        if (!isIdle && ++_unannounced < StepsPerRing) return;
        _unannounced = 0;
        Ring(_wakeFirst, _wakeLast);
        _wakeFirst = _wakeLast = false;
    }

    private void Ring(bool first, bool last)
    {
        if (_at.Functions.Length == 0) return; // a cable
        if (first) _at.Functions[0].Ring();
        if (last) _at.Functions[^1].Ring();
    }

    /// <summary>Something waits for a checkpoint to be closed or prepared.</summary>
    public bool HasOpenCheckpoint => _ruling && (_closer.HasOpen || Latched > 0);

    /// <summary>Whether anything waits that does not come by a doorbell; looked at before sleeping.</summary>
    public bool HasWork => !_at.Board.HasEnded && !_halted && (_at.Board.IsHaltAsked || (_at.Board.IsFreezeAsked && _ruling) || _at.Board.HasRule || (_ruling && HasWorkOfRuler));

    private bool HasWorkOfRuler =>
        _at.Tails[0].Available() > 0 || _at.Tails[1].Available() > 0 || _closer.HasNews || _egress.HasReturns
        || (CanReceive(Direction.LeftToRight) && _at.Ports[0].HasWaiting)
        || (CanReceive(Direction.RightToLeft) && _at.Ports[1].HasWaiting);

    /// <summary>Nothing goes in or out any more, no ring is looked at, and what the chain had is given back. Ports go on giving
    /// back what they have.</summary>
    private int Halt()
    {
        if (_halted) return _egress.TakeSent();
        _halted = true;
        _ruling = false;
        _at.Control.Active = false;
        _egress.Clear();
        Statistics.Reclaimed += (ulong)_at.Buffers.Reclaim();
        _at.Board.Halted();
        _at.WakeReplicator();
        return 1;
    }

    /// <summary>Another node rules. What is inside is finished and comes to nothing outside, and a last checkpoint closes it.</summary>
    private int Freeze(long now)
    {
        if (!_ruling) return _egress.TakeSent();
        if (!_freezing)
        {
            _freezing = true;
            _closer.BeginLast();
        }

        var work = _egress.TakeReturns() + _egress.TakeSent() + _egress.Collect(Direction.LeftToRight) + _egress.Collect(Direction.RightToLeft)
                   + _egress.Discard() + _closer.TryComplete(_egress);
        if (!IsEmpty) return work;
        if (!_lastIsClosed)
        {
            if (!_closer.TryCloseLast(now, _clock, _time)) return work;
            _lastIsClosed = true;
            Ring(first: true, last: true);
            return work + 1;
        }

        if (_closer.Completed < _closer.Closed) return work;
        _at.Control.Active = false;
        _ruling = false;
        _at.Board.Frozen(_closer.Closed, _clock, _time);
        _at.WakeReplicator();
        return work + 1;
    }

    private bool IsEmpty => _at.Buffers.InChain(Direction.LeftToRight) + _at.Buffers.InChain(Direction.RightToLeft) + Latched == 0;

    private int TakeRules(long now)
    {
        var taken = 0;
        for (; _at.Board.TryTakeRule(out var rule, out var continues); taken++)
        {
            _term = rule.Term;
            if (!continues) Begin(rule, now);
            var announcement = new Announcement
            {
                Term = rule.Term.Counter,
                Kind = continues ? AnnouncementKind.WentAlone
                    : rule.Origin switch
                    {
                        RuleOrigin.TookOver => AnnouncementKind.TookOver,
                        RuleOrigin.Resumed => AnnouncementKind.Resumed,
                        _ => AnnouncementKind.Started,
                    },
                CoveredClock = continues ? _clock : rule.Clock,
                ClockBase = _clock,
                Time = _time,
            };
            foreach (var port in _at.Ports) port.Announce(announcement);
        }

        return taken;
    }

    private void Begin(in Rule rule, long now)
    {
        // What waits in the ports may be copies of what the last ruler already released.
        if (rule.Origin != RuleOrigin.Started)
        {
            foreach (var port in _at.Ports) port.DiscardWaiting();
        }

        var leap = KnownBad.HasFlag(KnownBadRoot.ClockWithoutLeap) ? 0 : rule.Origin == RuleOrigin.Resumed ? ResumeLeap : ClockLeap;
        _clock = rule.Origin == RuleOrigin.Started ? 0 : rule.Clock + leap;
        _time = rule.Time;
        _closer.ContinueFrom(rule.Checkpoint, _clock);
        _egress.ContinueFrom(rule.Checkpoint);
        foreach (var port in _at.Ports) port.Open(_at.Pool);
        if (rule.Origin != RuleOrigin.Started)
        {
            // Before anything else is sent: until switches know, what hosts send goes to the last ruler.
            foreach (var announcer in _announcers) announcer.Begin(now);
        }

        _ruling = true;
        _at.Board.Ruled(now);
        _at.Control.Active = true;
        foreach (var function in _at.Functions) function.Ring();
    }

    private void NoteFirstRelease(long now)
    {
        _hasReleased = true;
        _at.Board.Released(now);
    }

    private void LendTo(IPort port)
    {
        // The chain needs the larger part of a small pool.
        var kept = new uint[Math.Min(port.BuffersKept, _at.Buffers.Free / 4)];
        _at.Buffers.PeekFree(kept.Length).CopyTo(kept);
        Array.Reverse(kept);
        foreach (var buffer in kept) _at.Buffers.ToPort(buffer);
        port.Lend(kept);
    }

    /// <summary>Announces some of the stations; a burst a step, so that packets are not held up by hundreds of them.</summary>
    private int Tell(int side, long now)
    {
        var port = _at.Ports[side];
        if (!port.IsNetwork) return 0;
        Span<byte> frame = stackalloc byte[Announcer.MaxFrameBytes];
        var told = 0;
        for (; told < Burst && port.HasRoomForOwn && _announcers[side].TryNext(now, frame, out var length); told++)
            port.SendOwn(frame[..length]);
        return told;
    }

    /// <summary>Whether there is room for more packets; while there is not, frames wait at the port.</summary>
    public bool CanReceive(Direction direction) =>
        _ruling && !_isQuiet && _at.Buffers.Free > 0 && _at.Buffers.InChain(direction) < _at.PacketsInChain
        && _at.Heads[(int)direction].Room(3) >= 3 && _clock - _closer.ClosedClock < ClockLeap / 2;

    private int Receive(Direction direction)
    {
        if (!CanReceive(direction)) return 0;
        var head = _at.Heads[(int)direction];
        var most = Math.Min(Burst, _at.PacketsInChain - _at.Buffers.InChain(direction));
        // Room stays for a barrier and a tick: the root never waits for a place for them behind packets.
        most = Math.Min(Math.Min(most, head.Room(most + 2) - 2), _at.Buffers.Free);
        if (most <= 0) return 0; // the first NF has moved its index since we looked
        var empties = _peeked.AsSpan(0, most);
        _at.Buffers.PeekFree(most).CopyTo(empties);
        empties.Reverse(); // so that the ones taken are those on top of the free stack
        empties.CopyTo(_given);

        var port = _at.Ports[(int)direction];
        var received = port.Receive(_at.Pool, empties);
        if (received == 0) return 0;
        _hasMore |= received == most;
        // The record of what was accepted is complete before any of it enters the chain.
        port.Accepted(received, _clock + 1, _time, _term.Counter);
        var taken = empties[..received];
        for (var i = 0; i < received; i++)
        {
            if (taken[i] != _given[i]) TakeExchanged(_given[i], taken[i]);
        }

        _at.Buffers.Take(taken, direction, _clock + 1, _descriptors);
        for (var i = 0; i < received; i++)
        {
            ref var metadata = ref _at.Pool.Metadata(taken[i]);
            metadata.Direction = (byte)direction;
            metadata.Time = _time;
            metadata.Clock = ++_clock;
            head.Put(i, _descriptors[i]);
        }

        head.Publish(received);
        _closer.Accepted();
        Statistics.Accept((int)direction, received);
        if (direction == Direction.LeftToRight) _wakeFirst = true;
        else _wakeLast = true;
        return received;
    }

    private void TakeExchanged(uint given, uint filled)
    {
        if (!_at.Buffers.IsOwnedBy(filled, BufferOwner.Port))
            throw new ChainFaultException(null, $"a port received into buffer {filled}, which it does not have");
        _at.Buffers.ToPort(given);
    }

    private int TryTick()
    {
        var due = _time / TickInterval;
        if (due == _lastTick || _isQuiet || !_at.Ports[0].CanAcceptTick || _at.Heads[0].Room(2) < 2) return 0;
        _lastTick = due;
        _at.Ports[0].AcceptedTick(++_clock, _time, _term.Counter);
        _at.Heads[0].TryEnqueue(Descriptor.Tick(_time));
        _closer.Accepted();
        Statistics.Ticks++;
        _wakeFirst = true;
        return 1;
    }

    /// <summary>Before a switchover: nothing is taken in, and once the chain is empty a last checkpoint holds all that it ever
    /// took in, also what packets that were turned back between two barriers have changed.</summary>
    private int TryBecomeQuiet()
    {
        if (!_isQuiet || _quietRequest == -_at.Board.QuietRequest) return 0;
        if (!IsEmpty) return 0;
        if (_quietRequest != _at.Board.QuietRequest)
        {
            _quietRequest = _at.Board.QuietRequest;
            _closer.Accepted();
            return 1;
        }

        if (!_closer.IsSettled) return 0;
        _at.Board.Quiet(_quietRequest, _closer.Closed);
        _quietRequest = -_quietRequest; // said
        _at.WakeReplicator();
        return 1;
    }

    private long _lastTick;
    private int _quietRequest;
    private bool _isQuiet, _freezing, _lastIsClosed;
}

/// <summary>Deliberately broken variants of the root; only tests can set them.</summary>
[Flags]
internal enum KnownBadRoot
{
    None = 0,

    /// <summary>A new ruler goes on with the clock that it knows of (invariant 2).</summary>
    ClockWithoutLeap = 1,

    /// <summary>A joining standby's slots do not wait for it (invariants 1, 3).</summary>
    SlotsFreedWithoutJoiner = 2,

    /// <summary>Checkpoints are closed only when something is received (invariant 9).</summary>
    CloseOnlyOnReceive = 4,

    /// <summary>Outputs leave after 5 ms, prepared or not (invariants 1, 5).</summary>
    ReleaseInTime = 8,
}
