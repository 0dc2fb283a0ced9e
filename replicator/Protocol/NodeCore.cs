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
    private Rule? _frozen; // state of an earlier life, which was succeeded
    private long _started, _lastAwake, _lastHeartbeat;
    private long _lastHeard; // the peer, whatever it is: keeps the connection
    private long _rulerHeard; // the life that rules: its silence is what an heir acts on
    private long _listeningSince; // on this connection, without a pause of our own

    /// <param name="settings">Who this node is.</param>
    /// <param name="record">What its disk remembers, with the new life's incarnation counter already written.</param>
    /// <param name="incarnation">This life.</param>
    /// <param name="effects">The world.</param>
    /// <param name="frozen">The state that an earlier life of this node had when it was succeeded, if there is any.</param>
    public NodeCore(NodeSettings settings, NodeRecord record, Incarnation incarnation, INodeEffects effects, Rule? frozen = null)
    {
        _frozen = frozen;
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
    public bool IsProtected => Role == NodeRole.Ruling && _standby.Progress == StandbyProgress.Eligible
                               && !_peer.IsNewerThan(_standby.Incarnation);

    /// <summary>The ruler's outputs wait for a standby that does not answer.</summary>
    public bool IsBlocked => Role == NodeRole.Ruling && _standby.MayRule && !IsConnected;

    /// <summary>Hash of the state's layout.</summary>
    public ulong Layout => _layout;

    /// <summary>Ruler: prepared by the standby. Standby: staged.</summary>
    public ulong Prepared => Role == NodeRole.Ruling ? _standby.Prepared : _staging.Staged;

    /// <summary>Standby: every input up to this clock is in what is staged.</summary>
    public ulong StagedClock => _staging.Clock;

    public ulong Committed => Role == NodeRole.Ruling ? _standby.Prepared : _staging.Committed;

    /// <summary>There is state of an earlier life, for when nothing newer exists any more.</summary>
    public bool HasFrozen => _frozen is not null;

    /// <summary>Nobody has the newest state any more, and the operator is to say how to go on.</summary>
    public bool IsLost { get; private set; }

    /// <summary>The term in which this node ruled when it was succeeded.</summary>
    public Term FrozenIn { get; private set; }

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

        RepeatPetition(now);
        switch (Role)
        {
            case NodeRole.Eligible when now - _rulerHeard >= _settings.Detect:
                Decide(Petition.TakeOver, $"the ruler has been silent for {(now - _rulerHeard) / 1_000_000} ms", now);
                break;
            case NodeRole.Starting or NodeRole.Joining when !IsConnected && now - _lastHeard >= _settings.StartPatience && _frozen is not null
                                                            && (_settings.KnownBad & KnownBadProtocol.FrozenRulesOnSilence) != 0:
                StartAgain("KNOWN BAD: silence taken for death");
                break;
            case NodeRole.Starting when !IsConnected && _settings.InitialPrimary
                                        && (!_record.EverRan || (_settings.KnownBad & KnownBadProtocol.RestartedRules) != 0)
                                        && now - _started >= _settings.StartPatience:
                Decide(Petition.Start, "first start of the chain; the peer does not answer", now);
                break;
            case NodeRole.Ruling:
                WatchStandby(now);
                WatchSwitchover(now);
                Pump();
                break;
        }
    }

    /// <summary>The peer refused a connection: a strong hint that it is dead. Only the heir acts on it, because a ruler
    /// releases nothing without the heir, dead or not.</summary>
    public void OnRefused()
    {
        if ((_settings.KnownBad & KnownBadProtocol.RefusalIsDeath) != 0 && IsBlocked) GoAlone("KNOWN BAD: refusal taken for death");
        if (Role == NodeRole.Eligible && !IsConnected) Decide(Petition.TakeOver, "the ruler refuses connections", _lastAwake);
    }

    /// <summary>An operator says that the peer is off, and that this node shall go on without it.</summary>
    /// <returns>Why not, or null when it was done.</returns>
    public string? ContinueUnprotected()
    {
        switch (Role)
        {
            case NodeRole.Ruling when !_standby.MayRule:
                return "this node already goes on without a standby";
            case NodeRole.Ruling when IsConnected:
                return "the standby is connected and alive; stop it first";
            case NodeRole.Ruling:
                GoAlone("by the operator's word");
                return null;
            case NodeRole.Starting or NodeRole.Joining when !IsConnected || PeerRole is NodeRole.Starting or NodeRole.Joining:
                StartAgain("by the operator's word");
                return null;
            case NodeRole.Eligible when _settings.AsksArbiter && !IsConnected:
                TakeOver("by the operator's word, without the arbiter's");
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
        BeginRule(new Rule(_record.Term, RuleOrigin.TookOver, _staging.Staged, _staging.Clock, _staging.Time));
    }

    private void StartNewLife(string why)
    {
        StateWasLost = _record.EverRan;
        _effects.Report(StateWasLost ? $"starts anew with EMPTY state, the chain's state was lost: {why}" : $"starts: {why}");
        PersistTerm(new Term(_record.Term.Counter + 1, _settings.Me));
        BeginRule(new Rule(_record.Term, RuleOrigin.Started, 0, 0, 0));
    }

    /// <summary>Nothing newer exists than what an earlier life of this node had, if that.</summary>
    private void StartAgain(string why)
    {
        if (_frozen is not { } frozen)
        {
            StartNewLife(why);
            return;
        }

        StateWasLost = true;
        _effects.Report($"rules again with the state it had when it was succeeded in term {frozen.Term}; what the chain did SINCE THEN IS LOST: {why}");
        PersistTerm(new Term(_record.Term.Counter + 1, _settings.Me));
        BeginRule(frozen with { Term = _record.Term });
    }

    private void ForgetFrozen()
    {
        if (_frozen is null) return;
        _frozen = null;
        _effects.DropFrozen();
    }

    private void BeginRule(in Rule rule)
    {
        Role = NodeRole.Ruling;
        IsLost = false;
        _frozen = null;
        _standby.Clear();
        _completed = rule.Checkpoint;
        _effects.StartRuling(rule);
        GreetAgain();
        if (_settings.AsksArbiter) OnArbiterConnected(); // an operator's word need not have been its own
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
        EndSwitchover(null); // under this term it takes in again
        _effects.SetMode(ReplicationMode.Alone);
        GreetAgain();
        if (_settings.AsksArbiter) OnArbiterConnected();
        if (IsConnected && PeerRole is NodeRole.Starting or NodeRole.Joining) StartJoin(_peer, _lastAwake);
    }

    private void Demote(Term term)
    {
        var kept = _standby.Progress == StandbyProgress.Eligible ? "everything it released is with the new ruler"
            : "and so is what it has done since it went on without a standby";
        var why = $"demoted: term {term} is ruled by the peer. What this node had received and not released is lost, {kept}";
        FrozenIn = _record.Term;
        _effects.Persist(_record = _record with { Term = term, EligiblePeer = Incarnation.None });
        Role = NodeRole.Ended;
        _effects.Freeze(why);
    }

    /// <summary>Takes a term as ruler; on disk before anyone hears of it.</summary>
    private void PersistTerm(Term term)
    {
        _record = _record with { Term = term, EverRan = true, EligiblePeer = Incarnation.None };
        if ((_settings.KnownBad & KnownBadProtocol.TermsInMemory) == 0) _effects.Persist(_record);
    }

    /// <summary>Learns of a higher term; on disk before anything is said under it.</summary>
    /// <returns>False when this node was the ruler and is now demoted.</returns>
    private bool Adopt(Term term)
    {
        if (term <= _record.Term) return true;
        if (term.Ruler == _settings.Me)
        {
            HearOfOwn(term);
            return true;
        }

        if (Role == NodeRole.Ruling && (_settings.KnownBad & KnownBadProtocol.OutbidsHigherTerm) != 0)
        {
            PersistTerm(new Term(term.Counter + 1, _settings.Me));
            return true;
        }

        if (Role == NodeRole.Ruling)
        {
            Demote(term);
            return false;
        }

        _effects.Persist(_record = _record with { Term = term, EverRan = true, EligiblePeer = Incarnation.None });
        // A term that began without us excludes us: what it released is not in our replica.
        if (Role == NodeRole.Eligible) _effects.Report($"is excluded by term {term}; its replica is discarded");
        if (Role == NodeRole.Joining || (Role == NodeRole.Eligible && (_settings.KnownBad & KnownBadProtocol.StaleStandbyTakesOver) == 0))
        {
            Role = NodeRole.Joining;
            _staging.Discard();
            GreetAgain(); // a ruler that went on alone while connected lets it join
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
