using System.Collections.Concurrent;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Replicator.Root;

/// <summary>
/// Where the root's loop and the replicator's loop, two threads of nfmgr, tell each other how far they are. Each word
/// has one writer; what a word announces was written before it.
/// </summary>
public sealed class Board
{
    private readonly ulong[] _clocks = new ulong[DeltaSlots.Count];
    private readonly long[] _times = new long[DeltaSlots.Count];
    private readonly long[] _closedAt = new long[DeltaSlots.Count];

    private ulong _closed, _completed, _prepared, _joinBarrier, _releasedWithout;
    private int _modeRequest, _modeDone, _joinDone;
    private ReplicationMode _mode;
    private int _quietRequest, _quietDone;
    private ulong _quietAt;
    private Rule _frozenAt;
    private bool _hasEnded, _isHeld, _isHaltAsked, _isHalted, _isQuietAsked, _isFreezeAsked, _isFrozen;
    private readonly ConcurrentQueue<(Rule Rule, bool Continues)> _rules = new();

    // ---- written by the root

    /// <summary>Highest closed checkpoint.</summary>
    public ulong Closed => Volatile.Read(ref _closed);

    /// <summary>Highest complete checkpoint.</summary>
    public ulong Completed => Volatile.Read(ref _completed);

    /// <summary>Clock and time that an unfinished checkpoint covers.</summary>
    public (ulong Clock, long Time) Covered(ulong checkpoint) =>
        (_clocks[checkpoint % DeltaSlots.Count], _times[checkpoint % DeltaSlots.Count]);

    /// <summary>When an unfinished checkpoint was closed, in monotonic nanoseconds.</summary>
    public long ClosedAt(ulong checkpoint) => Volatile.Read(ref _closedAt[checkpoint % DeltaSlots.Count]);

    /// <summary>The root stands: nothing goes in or out any more, and all buffers of the chain were given back.</summary>
    public bool IsHalted => Volatile.Read(ref _isHalted);

    internal void Halted() => Volatile.Write(ref _isHalted, true);

    internal void Close(ulong checkpoint, ulong clock, long time, long now)
    {
        _clocks[checkpoint % DeltaSlots.Count] = clock;
        _times[checkpoint % DeltaSlots.Count] = time;
        Volatile.Write(ref _closedAt[checkpoint % DeltaSlots.Count], now);
        Volatile.Write(ref _closed, checkpoint);
    }

    /// <summary>When the root began to rule, as monotonic nanoseconds; 0: not yet.</summary>
    public long RuledAt { get; private set; }

    /// <summary>When it first let packets out, in this life; 0: not yet.</summary>
    public long ReleasedAt { get; private set; }

    internal void Ruled(long now) => RuledAt = now;

    internal void Released(long now) => ReleasedAt = now;

    internal void Complete(ulong checkpoint) => Volatile.Write(ref _completed, checkpoint);

    internal void ContinueFrom(ulong checkpoint)
    {
        Volatile.Write(ref _closed, checkpoint);
        Volatile.Write(ref _completed, checkpoint);
    }

    /// <summary>The join barrier of the current request, once it is closed.</summary>
    public bool TryGetJoinBarrier(out ulong checkpoint)
    {
        var done = Volatile.Read(ref _joinDone) == _modeRequest;
        checkpoint = done ? _joinBarrier : 0;
        return done;
    }

    /// <summary>Up to which checkpoint outputs had left when the current request to latch took effect.</summary>
    public bool TryGetReleasedWithout(out ulong checkpoint)
    {
        var done = Volatile.Read(ref _modeDone) == _modeRequest && _mode == ReplicationMode.Latched;
        checkpoint = done ? _releasedWithout : 0;
        return done;
    }

    /// <summary>The checkpoint that everything this chain ever took in is part of, once that is prepared, released and
    /// nothing is taken in any more.</summary>
    public bool TryGetQuiet(out ulong checkpoint)
    {
        var done = _isQuietAsked && Volatile.Read(ref _quietDone) == _quietRequest;
        checkpoint = done ? _quietAt : 0;
        return done;
    }

    /// <summary>What the state is that a succeeded ruler's chain came to rest in.</summary>
    public bool TryGetFrozen(out Rule at)
    {
        var isFrozen = Volatile.Read(ref _isFrozen);
        at = isFrozen ? _frozenAt : default;
        return isFrozen;
    }

    internal void Frozen(ulong checkpoint, ulong clock, long time)
    {
        _frozenAt = new Rule(default, RuleOrigin.Resumed, checkpoint, clock, time);
        Volatile.Write(ref _isFrozen, true);
    }

    internal void Quiet(int request, ulong checkpoint)
    {
        _quietAt = checkpoint;
        Volatile.Write(ref _quietDone, request);
    }

    internal void JoinBarrierClosed(int request, ulong checkpoint)
    {
        _joinBarrier = checkpoint;
        Volatile.Write(ref _joinDone, request);
    }

    internal void ModeTaken(int request, ulong releasedWithout)
    {
        _releasedWithout = releasedWithout;
        Volatile.Write(ref _modeDone, request);
    }

    // ---- written by the replicator

    /// <summary>Highest checkpoint that is prepared.</summary>
    public ulong Prepared
    {
        get => Volatile.Read(ref _prepared);
        set => Volatile.Write(ref _prepared, value);
    }

    /// <summary>Counts the requests for another mode, so that an answer to an earlier one is not taken for the latest.</summary>
    internal int ModeRequest => Volatile.Read(ref _modeRequest);

    internal ReplicationMode RequestedMode => _mode;

    public void RequestMode(ReplicationMode mode)
    {
        _mode = mode;
        Volatile.Write(ref _modeRequest, _modeRequest + 1);
    }

    /// <summary>Has the root take nothing in and say when all is out, or take in again.</summary>
    public void AskQuiet(bool quiet)
    {
        Volatile.Write(ref _quietRequest, _quietRequest + 1);
        Volatile.Write(ref _isQuietAsked, quiet);
    }

    internal bool IsQuietAsked => Volatile.Read(ref _isQuietAsked);

    internal int QuietRequest => Volatile.Read(ref _quietRequest);

    /// <summary>Hands a rule to the root, which begins it or, for the same ruler, goes on under its new term.</summary>
    public void Begin(in Rule rule, bool continues) => _rules.Enqueue((rule, continues));

    // ---- written by the supervisor of the NFs

    /// <summary>An NF does not work at present, and this node is dealing with that: a checkpoint that ages meanwhile is no
    /// reason for a standby to take over.</summary>
    public bool IsHeld
    {
        get => Volatile.Read(ref _isHeld);
        set => Volatile.Write(ref _isHeld, value);
    }

    // ---- written by the replicator

    /// <summary>This life is over: the root takes nothing in and lets nothing out any more.</summary>
    public void EndLife() => Volatile.Write(ref _hasEnded, true);

    /// <summary>Nothing goes in or out any more, and the NFs finish what is inside.</summary>
    public void AskFreeze() => Volatile.Write(ref _isFreezeAsked, true);

    internal bool IsFreezeAsked => Volatile.Read(ref _isFreezeAsked);

    /// <summary>The chain stops and the node lives on: like the end of a life, but every buffer is given back.</summary>
    public void AskHalt() => Volatile.Write(ref _isHaltAsked, true);

    internal bool IsHaltAsked => Volatile.Read(ref _isHaltAsked);

    internal bool HasEnded => Volatile.Read(ref _hasEnded);

    internal bool HasRule => !_rules.IsEmpty;

    internal bool TryTakeRule(out Rule rule, out bool continues)
    {
        var taken = _rules.TryDequeue(out var command);
        (rule, continues) = command;
        return taken;
    }
}
