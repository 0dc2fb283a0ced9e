using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>
/// The protocol of one node between nodes: terms, starting, joining, two phases, detecting, taking over. Events and
/// ticks come in, <see cref="INodeEffects"/> go out. Rules and their reasons: design, "Checkpoint" and "Takeover".
/// </summary>
public sealed partial class NodeCore
{
    public const int NoConnection = -1;

    private readonly NodeSettings _settings;
    private readonly INodeEffects _effects;
    private readonly Incarnation _incarnation;
    private readonly StandbyTracker _standby = new();
    private readonly Staging _staging;

    private NodeRecord _record;
    private int _connection = NoConnection;
    private bool _dialedByMe;
    private Incarnation _peer;
    private Incarnation _rulerIncarnation;
    private ulong _completed, _layout;
    private long _started, _lastAwake, _lastHeartbeat;
    private long _lastHeard; // the peer, whatever it is: keeps the connection
    private long _rulerHeard; // the life that rules: its silence is what an heir acts on
    private long _listeningSince; // on this connection, without a pause of our own

    /// <param name="settings">Who this node is.</param>
    /// <param name="record">What its disk remembers, with the new life's incarnation counter already written.</param>
    /// <param name="incarnation">This life.</param>
    /// <param name="effects">The world.</param>
    public NodeCore(NodeSettings settings, NodeRecord record, Incarnation incarnation, INodeEffects effects)
    {
        _settings = settings;
        _record = record;
        _incarnation = incarnation;
        _effects = effects;
        _layout = settings.Layout;
        _staging = new Staging(effects, settings.KnownBad);
    }

    public NodeRole Role { get; private set; } = NodeRole.Starting;

    public Term Term => _record.Term;

    public Incarnation Incarnation => _incarnation;

    /// <summary>Connected to the peer, and greeted.</summary>
    public bool IsConnected => _connection != NoConnection;

    public int Connection => _connection;

    public NodeRole PeerRole { get; private set; }

    public StandbyProgress Standby => _standby.Progress;

    /// <summary>Whether the death of the ruler would lose nothing that was released.</summary>
    public bool IsProtected => Role == NodeRole.Ruling && _standby.Progress == StandbyProgress.Eligible;

    /// <summary>The ruler's outputs wait for a standby that does not answer.</summary>
    public bool IsBlocked => Role == NodeRole.Ruling && _standby.Progress == StandbyProgress.Eligible && !IsConnected;

    /// <summary>Ruler: prepared by the standby. Standby: staged.</summary>
    public ulong Prepared => Role == NodeRole.Ruling ? _standby.Prepared : _staging.Staged;

    /// <summary>Standby: every input up to this clock is in what is staged.</summary>
    public ulong StagedClock => _staging.Clock;

    public ulong Committed => Role == NodeRole.Ruling ? _standby.Prepared : _staging.Committed;

    /// <summary>This life replaced state that had been lost on both nodes.</summary>
    public bool StateWasLost { get; private set; }

    public void Start(long now) => _started = _lastAwake = _lastHeard = _rulerHeard = now;

    /// <summary>Time passes; call at least every heartbeat interval.</summary>
    /// <param name="now">A monotonic time in nanoseconds.</param>
    /// <param name="oldestAge">Ruler: age of the oldest unfinished checkpoint in nanoseconds, 0 if there is none.</param>
    public void Tick(long now, long oldestAge = 0)
    {
        if (Role == NodeRole.Ended) return;
        NoticePause(now);
        if (IsConnected)
        {
            if (now - _lastHeartbeat >= _settings.HeartbeatInterval) SendHeartbeat(now, oldestAge);
            if (now - _lastHeard >= _settings.ConnectionDead && Role != NodeRole.Eligible)
                Disconnect($"no word from the peer for {(now - _lastHeard) / 1_000_000} ms");
        }

        switch (Role)
        {
            case NodeRole.Eligible when now - _rulerHeard >= _settings.Detect:
                TakeOver($"the ruler has been silent for {(now - _rulerHeard) / 1_000_000} ms");
                break;
            case NodeRole.Starting when !IsConnected && _settings.InitialPrimary && !_record.EverRan
                                        && now - _started >= _settings.StartPatience:
                StartNewLife("first start of the chain; the peer does not answer");
                break;
            case NodeRole.Ruling:
                WatchStandby(now);
                Pump();
                break;
        }
    }

    /// <summary>The peer refused a connection: a strong hint that it is dead. Only the heir acts on it, because a ruler
    /// releases nothing without the heir, dead or not.</summary>
    public void OnRefused()
    {
        if (Role == NodeRole.Eligible && !IsConnected) TakeOver("the ruler refuses connections");
    }

    /// <summary>An operator says that the peer is off, and that this node shall go on without it.</summary>
    /// <returns>Why not, or null when it was done.</returns>
    public string? ContinueUnprotected()
    {
        switch (Role)
        {
            case NodeRole.Ruling when _standby.Progress != StandbyProgress.Eligible:
                return "this node already goes on without a standby";
            case NodeRole.Ruling when IsConnected:
                return "the standby is connected and alive; stop it first";
            case NodeRole.Ruling:
                GoAlone("by the operator's word");
                return null;
            case NodeRole.Starting or NodeRole.Joining when !IsConnected || PeerRole is NodeRole.Starting or NodeRole.Joining:
                StartNewLife("by the operator's word");
                return null;
            default:
                return $"this node is {Role}; only a ruler whose standby is silent, or a node that waits for its peer, can go on alone";
        }
    }

    /// <summary>An NF's new build has turned its state into another layout. Whoever is connected knows the old one, and is
    /// greeted anew.</summary>
    public void ChangeLayout(ulong layout)
    {
        _layout = layout;
        if (IsConnected) Disconnect("the state has a new layout");
    }

    /// <summary>This node stops in an orderly way.</summary>
    public void Leave()
    {
        if (Role is NodeRole.Joining or NodeRole.Eligible)
        {
            _staging.Discard();
            if (IsConnected) _effects.Send(Header(MessageType.Leave));
        }

        Role = NodeRole.Ended;
    }

    private void TakeOver(string why)
    {
        _effects.Report($"takes over: {why}");
        PersistTerm(new Term(_record.Term.Counter + 1, _settings.Me));
        _staging.Commit(_staging.Staged);
        BeginRule(new Rule(_record.Term, true, _staging.Staged, _staging.Clock, _staging.Time));
    }

    private void StartNewLife(string why)
    {
        StateWasLost = _record.EverRan;
        _effects.Report(StateWasLost ? $"starts anew with EMPTY state, the chain's state was lost: {why}" : $"starts: {why}");
        PersistTerm(new Term(_record.Term.Counter + 1, _settings.Me));
        BeginRule(new Rule(_record.Term, false, 0, 0, 0));
    }

    private void BeginRule(in Rule rule)
    {
        Role = NodeRole.Ruling;
        _standby.Clear();
        _completed = rule.Checkpoint;
        _effects.StartRuling(rule);
        GreetAgain();
        // A peer that greeted as an empty node will not do so again; it joins now.
        if (IsConnected && PeerRole is NodeRole.Starting or NodeRole.Joining) StartJoin(_peer, _lastAwake);
    }

    /// <summary>Rules on without the standby, under a new term that excludes it.</summary>
    private void GoAlone(string why)
    {
        _effects.Report($"goes on UNPROTECTED, without a standby: {why}");
        PersistTerm(new Term(_record.Term.Counter + 1, _settings.Me));
        _standby.Clear();
        _effects.WentAlone(_record.Term);
        _effects.SetMode(ReplicationMode.Alone);
        GreetAgain();
    }

    private void Demote(Term term)
    {
        var why = $"demoted: term {term} is ruled by the peer. This node's state is discarded; what it had received and not "
                  + "released is lost, everything it released is with the new ruler";
        _effects.Persist(_record = _record with { Term = term, EligiblePeer = Incarnation.None });
        Role = NodeRole.Ended;
        _effects.EndLife(why);
    }

    /// <summary>Takes a term as ruler; on disk before anyone hears of it.</summary>
    private void PersistTerm(Term term) =>
        _effects.Persist(_record = _record with { Term = term, EverRan = true, EligiblePeer = Incarnation.None });

    /// <summary>Learns of a higher term; on disk before anything is said under it.</summary>
    /// <returns>False when this node was the ruler and is now demoted.</returns>
    private bool Adopt(Term term)
    {
        if (term <= _record.Term) return true;
        if (Role == NodeRole.Ruling)
        {
            Demote(term);
            return false;
        }

        _effects.Persist(_record = _record with { Term = term, EverRan = true, EligiblePeer = Incarnation.None });
        // A term that began without us excludes us: what it released is not in our replica.
        if (Role == NodeRole.Eligible) _effects.Report($"is excluded by term {term}; its replica is discarded");
        if (Role is NodeRole.Eligible or NodeRole.Joining)
        {
            Role = NodeRole.Joining;
            _staging.Discard();
        }

        return true;
    }

    /// <summary>Silence counts only while we listened, and so does the age of what waited for our answer: after a pause of
    /// our own we look again first.</summary>
    private void NoticePause(long now)
    {
        if (now - _lastAwake > _settings.SchedulingGap) _lastHeard = _rulerHeard = _listeningSince = now;
        _lastAwake = now;
    }

    private void SendHeartbeat(long now, long oldestAge)
    {
        _lastHeartbeat = now;
        var header = Header(MessageType.Heartbeat);
        header.OldestAge = (uint)Math.Min(oldestAge / 1000, uint.MaxValue);
        _effects.Send(header);
    }

    private MessageHeader Header(MessageType type) => new()
    {
        Type = type,
        Chain = _settings.Chain,
        Term = _record.Term,
        Sender = _incarnation.Random,
        Receiver = _peer.Random,
        Committed = Role == NodeRole.Ruling ? _standby.Prepared : 0,
    };
}
