using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Replica;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Replicator;

/// <summary>
/// The replicator's loop: carries messages between connections and the protocol core, and does what the core decides.
/// Steps without waiting; network, disk and time come in from outside, so a simulator runs this very code.
/// </summary>
public sealed class ReplicationAgent : INodeEffects, IDisposable
{
    /// <summary>The peer's, one that replaces it, and some from strangers.</summary>
    private const int MaxLinks = 8;

    /// <summary>However much a peer says, this node's own work and heartbeats come between.</summary>
    private const int ReadsPerStep = 16;

    /// <summary>How long a ruler that was succeeded waits for its chain to be empty.</summary>
    private const long FreezePatience = 1_000_000_000;

    private readonly ReplicationWiring _at;
    private readonly ReplicaStore _replica;
    private readonly List<PeerLink> _links = [];
    private readonly byte[] _payload;
    private readonly long _dialInterval;
    private readonly KnownBadReader _knownBadReader;
    private int _lastLink;
    private long _now, _lastDial = long.MinValue / 2, _heldUntil = long.MinValue / 2;
    private ulong _completed;
    private bool _joinAsked, _latchAsked, _quietAsked;
    private readonly ArbiterLink _arbiter;
    private FrozenState? _frozen;
    private string? _freezing;
    private long _freezeBegan;
    private long _peerSeen, _persistedAt;

    public ReplicationAgent(ReplicationWiring wiring) : this(wiring, KnownBadReader.None) { }

    internal ReplicationAgent(ReplicationWiring wiring, KnownBadReader knownBadReader)
    {
        _at = wiring;
        _knownBadReader = knownBadReader;
        _replica = new ReplicaStore(wiring.Blocks);
        _payload = new byte[PreparePayload.MaxBytes(wiring.Blocks.Length)];
        _dialInterval = wiring.Settings.Detect / 5;
        _frozen = wiring.Frozen;
        if (_frozen is not null && _frozen.Layout != wiring.Settings.Layout)
        {
            wiring.Report("drops the state that it kept when it was succeeded: the NFs' builds are others now, and have another layout");
            _frozen = null;
        }

        Core = new NodeCore(wiring.Settings, wiring.Record, wiring.Incarnation, this, _frozen?.At);
        _arbiter = new ArbiterLink(wiring.Arbiter, Core, _dialInterval, wiring.Settings.ConnectionDead, wiring.Report);
    }

    public NodeCore Core { get; }

    /// <summary>What a life that has ended, or an earlier one, leaves to the next: state that nobody needs unless that of the
    /// successor is lost. Null for none.</summary>
    public FrozenState? Frozen => _frozen;

    /// <summary>Why this life has ended, once it has.</summary>
    public string? Ended { get; private set; }

    /// <summary>How this life came to rule, if it took over; null otherwise.</summary>
    public TakeoverTimes? Takeover { get; private set; }

    public void Start(long now) => Core.Start(now);

    /// <summary>Does what can be done now. Call at least every heartbeat interval.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <returns>0 when there was nothing to do.</returns>
    public int DoWork(long now)
    {
        _now = now;
        if (Ended is not null) return 0;
        if (_freezing is not null) return FinishFreezing(_freezing);
        var work = Connect() + _arbiter.DoWork(now);
        // The oldest first: what the peer's earlier life said comes before the greeting of the next. Reading one link can
        // close others.
        for (var number = 0; NextAfter(number) is { } link; number = link.Number) work += Read(link);
        work += FollowBoard();
        Core.Tick(now, OldestAge());
        // One that takes nothing more may hold what arrived before it broke, a LEAVE for instance: reading finds its end.
        foreach (var link in _links) link.Flush();
        _arbiter.Flush();
        return work;
    }

    /// <summary>The root has written something on the board that <see cref="DoWork"/> has not seen.</summary>
    public bool HasNews => _at.Board.Completed != _completed || (_joinAsked && _at.Board.TryGetJoinBarrier(out _))
                           || (_latchAsked && _at.Board.TryGetReleasedWithout(out _)) || (_quietAsked && _at.Board.TryGetQuiet(out _))
                           || (_freezing is not null && _at.Board.TryGetFrozen(out _));

    /// <summary>Tells the peer that this node leaves, if it is a standby, and sends what waits.</summary>
    public void Leave()
    {
        Core.Leave();
        foreach (var link in _links) link.Flush();
    }

    public void Dispose()
    {
        foreach (var link in _links) link.Dispose();
        _links.Clear();
        _arbiter.Dispose();
    }

    private int Connect()
    {
        var work = 0;
        while (_at.Transport.TryAccept() is { } accepted)
        {
            if (_links.Count >= MaxLinks && _links.Find(link => !link.Greeted) is { } silent)
                Close(silent.Number, "the other end has not greeted, and others wait");
            Add(accepted, dialedByMe: false);
            work++;
        }

        switch (_at.Transport.PollDial(out var dialed))
        {
            case DialOutcome.Connected:
                Add(dialed!, dialedByMe: true);
                work++;
                break;
            case DialOutcome.Refused:
                Core.OnRefused();
                break;
        }

        for (var i = _links.Count - 1; i >= 0; i--)
        {
            if (!_links[i].Greeted && _now - _links[i].MadeAt >= _at.Settings.ConnectionDead)
                Close(_links[i].Number, "the other end does not greet");
        }

        // Who has no connection dials; the one whose peer just died thereby learns of a refusal within a step.
        if (_links.Count == 0 && _now - _lastDial >= _dialInterval)
        {
            _lastDial = _now;
            _at.Transport.Dial();
        }

        return work;
    }

    private void Add(IConnection connection, bool dialedByMe)
    {
        var link = new PeerLink(++_lastLink, dialedByMe, connection, _now, _payload.Length, _knownBadReader);
        _links.Add(link);
        Core.OnConnected(link.Number);
    }

    private int Read(PeerLink link)
    {
        var work = 0;
        for (var reads = 0; reads < ReadsPerStep && _links.Contains(link); reads++)
        {
            var received = link.Connection.TryReceive(link.Reader.Room());
            if (received < 0)
            {
                Drop(link);
                _lastDial = long.MinValue / 2; // look at once whether the peer still listens
                return work + 1;
            }

            if (received == 0) return work;
            link.Reader.Received(received);
            work++;
            while (_links.Contains(link) && link.Reader.TryRead(out var header, out var payload)) Deliver(link, header, payload);
            if (link.Reader.Error is { } error && _links.Contains(link)) Close(link.Number, error);
        }

        return work;
    }

    private void Deliver(PeerLink link, in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        _peerSeen = _now;
        if (header.Type == MessageType.Hello)
        {
            link.Greeted = true;
            Core.OnHello(link.Number, link.DialedByMe, header, MemoryMarshal.Read<Hello>(payload), _now);
        }
        else if (link.Greeted)
        {
            Core.OnMessage(link.Number, header, payload, _now);
        }
        else
        {
            Close(link.Number, $"{header.Type} before HELLO");
        }
    }

    private int FollowBoard()
    {
        var work = 0;
        if (_joinAsked && _at.Board.TryGetJoinBarrier(out var barrier))
        {
            _joinAsked = false;
            // Checkpoints before the join barrier need not be complete for the joiner, but those after count from it.
            Core.OnJoinBarrier(barrier, _now);
            work++;
        }

        if (_latchAsked && _at.Board.TryGetReleasedWithout(out var released))
        {
            _latchAsked = false;
            Core.OnLatched(released);
            work++;
        }

        var completed = _at.Board.Completed;
        if (completed != _completed)
        {
            _completed = completed;
            Core.OnCompleted(completed);
            work++;
        }

        if (!_quietAsked || !_at.Board.TryGetQuiet(out var last)) return work;
        _quietAsked = false;
        Core.OnQuiet(last);
        return work + 1;
    }

    /// <summary>The chain is drained by the root; the peer rules, and is greeted by the next life.</summary>
    private int FinishFreezing(string why)
    {
        while (_links.Count > 0) Drop(_links[^1]);
        var isFrozen = _at.Board.TryGetFrozen(out var at);
        if (!isFrozen && _now - _freezeBegan < FreezePatience) return 0;
        if (isFrozen) _frozen = FrozenState.Of(at with { Term = Core.FrozenIn }, Core.Layout, _at.Blocks);
        else _at.Report($"its chain was not empty after {FreezePatience / 1_000_000} ms, so its state is not kept");
        _at.Board.EndLife();
        Ended = why;
        return 1;
    }

    private long OldestAge()
    {
        // What aged while an NF was held is young again after it: the NF needs a moment to get to it.
        if (_at.Board.IsHeld) _heldUntil = _now;
        if (_at.Board.IsHeld || !Core.IsProtected || Core.Prepared >= _at.Board.Closed) return 0;
        return Math.Max(0, _now - Math.Max(_heldUntil, _at.Board.ClosedAt(Core.Prepared + 1)));
    }

    private void Drop(PeerLink link)
    {
        if (!_links.Remove(link)) return;
        link.Dispose();
        if (link.Number == Core.Connection) _peerSeen = _now;
        Core.OnClosed(link.Number);
    }

    private PeerLink? NextAfter(int number)
    {
        foreach (var link in _links)
        {
            if (link.Number > number) return link;
        }

        return null;
    }

    private PeerLink? Current => LinkOf(Core.Connection);

    private PeerLink? LinkOf(int number)
    {
        foreach (var link in _links)
        {
            if (link.Number == number) return link;
        }

        return null;
    }

    void INodeEffects.Persist(in NodeRecord record)
    {
        _at.Disk.Write(record);
        _persistedAt = Moment;
    }

    private long Moment => _at.Clock?.Invoke() ?? _now;

    void INodeEffects.Send(in MessageHeader header)
    {
        if (Current is { } link && link.Writer.HasRoom(0)) link.Writer.Append(header, default);
    }

    void INodeEffects.SendHello(int connection, in MessageHeader header, in Hello hello)
    {
        if (LinkOf(connection) is not { } link || !link.Writer.HasRoom(Hello.Bytes)) return;
        link.Writer.Append(header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));
    }

    void INodeEffects.SendToArbiter(in MessageHeader header) => _arbiter.Send(header);

    void INodeEffects.SendHelloToArbiter(in MessageHeader header, in Hello hello) => _arbiter.Greet(header, hello);

    bool INodeEffects.TrySendPrepare(in MessageHeader header)
    {
        // The slots keep the deltas, so a checkpoint is encoded only when the connection can take it.
        if (Current is not { } link || link.Writer.Pending.Length > _payload.Length / 2) return false;
        var length = PreparePayload.Encode(_at.Slots, header.Checkpoint, _payload);
        if (!link.Writer.HasRoom(length)) return false;
        var full = header;
        (full.Clock, full.Time) = _at.Board.Covered(header.Checkpoint);
        link.Writer.Append(full, _payload.AsSpan(0, length));
        return true;
    }

    int INodeEffects.JoinRemaining(ulong join, ulong checkpoint)
    {
        // Each instance gets rid of so many lines a checkpoint; one that says otherwise holds up nothing but its own state.
        var most = Math.Max(0, StateBlock.Lines - (long)_at.JoinLines * (long)(checkpoint - join + 1));
        var remaining = 0L;
        foreach (var slots in _at.Slots) remaining += Math.Min(most, slots.JoinRemaining(checkpoint));
        return (int)remaining;
    }

    /// <summary>Closes a connection and says why.</summary>
    public void Close(int connection, string why)
    {
        if (LinkOf(connection) is not { } link) return;
        _at.Report($"closes connection {connection}: {why}");
        link.Flush();
        Drop(link);
    }

    void INodeEffects.StartRuling(in Rule rule)
    {
        if (rule.Origin == RuleOrigin.Started) _at.ResetState();
        else if (rule.Origin == RuleOrigin.Resumed) _frozen!.CopyTo(_at.Blocks);
        _frozen = null;
        _completed = rule.Checkpoint;
        if (rule.Origin == RuleOrigin.TookOver) Takeover = new TakeoverTimes(_peerSeen, _now, _persistedAt, Moment);
        _at.Board.Begin(rule, continues: false);
        _at.WakeRoot();
        _at.Report($"rules in term {rule.Term} from checkpoint {rule.Checkpoint}; covers every input up to clock {rule.Clock}");
    }

    void INodeEffects.WentAlone(Term term)
    {
        _at.Board.Begin(new Rule(term, default, 0, 0, 0), continues: true);
        _at.WakeRoot();
    }

    void INodeEffects.SetMode(ReplicationMode mode)
    {
        _joinAsked = mode == ReplicationMode.Joining;
        _latchAsked = mode == ReplicationMode.Latched;
        _at.Board.RequestMode(mode);
        _at.WakeRoot();
    }

    void INodeEffects.SetQuiet(bool quiet)
    {
        _quietAsked = quiet;
        _at.Board.AskQuiet(quiet);
        _at.WakeRoot();
    }

    void INodeEffects.SetPrepared(ulong checkpoint)
    {
        _at.Board.Prepared = checkpoint;
        _at.WakeRoot();
    }

    bool INodeEffects.TryStage(in MessageHeader header, ReadOnlySpan<byte> payload) =>
        _replica.TryStage(header.Checkpoint, payload);

    void INodeEffects.Apply(ulong checkpoint) => _replica.Apply(checkpoint);

    void INodeEffects.DiscardReplica() => _replica.Clear();

    void INodeEffects.Freeze(string why)
    {
        _at.Report(why);
        _at.Board.AskFreeze();
        _at.WakeRoot();
        (_freezing, _freezeBegan) = (why, _now);
    }

    void INodeEffects.DropFrozen() => _frozen = null;

    void INodeEffects.Report(string what) => _at.Report(what);
}
