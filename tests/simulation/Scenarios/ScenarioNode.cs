using System.Runtime.InteropServices;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Simulation.Scenarios;

/// <summary>One node of a scenario: the production protocol core, and around it a world that writes down what it asks for. Its
/// root closes checkpoints when the script says so.</summary>
internal sealed class ScenarioNode(Scenario scenario, string name, string peer) : INodeEffects
{
    private NodeCore? _core;
    private NodeRecord _disk;
    private ulong _closed;
    private bool _latched, _joinAsked, _latchAsked, _quietAsked;
    private Rule? _frozen;
    private int _joinLeft;

    public string Name => name;

    public NodeCore Core => _core ?? throw new ScenarioException($"{name} does not run; say `start {name}`");

    public bool IsAlive => _core is not null;

    public bool IsPaused { get; set; }

    /// <summary>Checkpoints that a join takes.</summary>
    public int JoinTakes { get; set; } = 1;

    public void Start()
    {
        if (IsAlive) throw new ScenarioException($"{name} runs already");
        _disk = _disk with { IncarnationCounter = _disk.IncarnationCounter + 1, EligiblePeer = Incarnation.None };
        (_closed, _latched, _joinAsked, _latchAsked, _quietAsked) = (0, false, false, false, false);
        var settings = new NodeSettings
        {
            Me = NodeId.Of(name),
            Peer = NodeId.Of(peer),
            InitialPrimary = name == "a",
            Chain = 1,
            Layout = 1,
            OnSilence = scenario.OnSilence,
            OnStateLoss = scenario.OnStateLoss,
        };
        _core = new NodeCore(settings, _disk, new Incarnation(_disk.IncarnationCounter, NodeId.Of(name).Value ^ _disk.IncarnationCounter), this, _frozen);
        Say($"starts, life {_disk.IncarnationCounter}{(_frozen is { } frozen ? $", with the frozen state of checkpoint {frozen.Checkpoint}" : "")}");
        _core.Start(scenario.Now);
    }

    public void Kill()
    {
        _core = null;
        _frozen = null;
        IsPaused = false;
    }

    /// <summary>The root closes a checkpoint, and its NFs capture it.</summary>
    public void Close()
    {
        if (Core.Role != NodeRole.Ruling) throw new ScenarioException($"{name} does not rule");
        Say($"closes {++_closed}");
        if (_joinAsked)
        {
            _joinAsked = false;
            _joinLeft = JoinTakes;
            Core.OnJoinBarrier(_closed, scenario.Now);
        }

        if (_joinLeft > 0) _joinLeft--;
        Core.OnCompleted(_closed);
    }

    public void Step()
    {
        if (_core is not { } core || IsPaused) return;
        core.Tick(scenario.Now, Age(core));
        if (_latchAsked)
        {
            _latchAsked = false;
            core.OnLatched(_closed);
        }

        if (_quietAsked && core.Prepared >= _closed)
        {
            _quietAsked = false;
            core.OnQuiet(_closed);
        }
    }

    /// <summary>Where it stands, in a line.</summary>
    public string Describe() => _core is not { } core ? $"{name}: dead"
        : $"{name}: {core.Role} in term {core.Term}" + core.Role switch
        {
            NodeRole.Ruling => $", closed {_closed}, prepared {core.Prepared}, "
                               + (core.IsBlocked ? "BLOCKED" : core.IsProtected ? "protected" : $"unprotected ({core.Standby})"),
            NodeRole.Joining or NodeRole.Eligible => $", staged {core.Prepared}, committed {core.Committed}",
            _ => "",
        } + (core.HasFrozen ? ", has frozen state" : "") + (core.Petition != Petition.None ? $", asks to {core.Petition}" : "");

    private long Age(NodeCore core) => core.IsProtected && core.Prepared < _closed ? scenario.Now - scenario.LastClose : 0;

    private void Say(string what) => scenario.Print($"{name}: {what}");

    void INodeEffects.Persist(in NodeRecord record)
    {
        if (record.Term != _disk.Term) Say($"term {record.Term} of {scenario.NameOf(record.Term.Ruler)} on disk");
        else if (record.EligiblePeer != _disk.EligiblePeer) Say($"heir {peer} (life {record.EligiblePeer.Counter}) on disk");
        _disk = record;
    }

    void INodeEffects.Send(in MessageHeader header) => scenario.Send(this, header, default);

    void INodeEffects.SendHello(int connection, in MessageHeader header, in Hello hello) =>
        scenario.Send(this, header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));

    void INodeEffects.SendToArbiter(in MessageHeader header) => scenario.SendToArbiter(this, header, default);

    void INodeEffects.SendHelloToArbiter(in MessageHeader header, in Hello hello) =>
        scenario.SendToArbiter(this, header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));

    bool INodeEffects.TrySendPrepare(in MessageHeader header)
    {
        var full = header;
        full.Clock = header.Checkpoint * 100;
        full.Time = (long)header.Checkpoint;
        scenario.Send(this, full, [1, 2, 3, 4]);
        return true;
    }

    int INodeEffects.JoinRemaining(ulong join, ulong checkpoint) => Math.Max(0, JoinTakes - 1 - (int)(checkpoint - join));

    void INodeEffects.Close(int connection, string why) => scenario.Close(this, connection, why);

    void INodeEffects.StartRuling(in Rule rule)
    {
        _closed = rule.Checkpoint;
        Say(rule.Origin switch
        {
            RuleOrigin.TookOver => $"RULES in term {rule.Term}, from checkpoint {rule.Checkpoint}",
            RuleOrigin.Resumed => $"RULES in term {rule.Term}, with its frozen state of checkpoint {rule.Checkpoint}",
            _ => $"RULES in term {rule.Term}, with empty state",
        });
    }

    void INodeEffects.WentAlone(Term term) => Say($"RULES on alone in term {term}");

    void INodeEffects.SetMode(ReplicationMode mode)
    {
        _latched = mode == ReplicationMode.Latched;
        (_joinAsked, _latchAsked) = (mode == ReplicationMode.Joining, _latched);
        Say(mode switch
        {
            ReplicationMode.Joining => "will close a join barrier; outputs leave at once",
            ReplicationMode.Latched => "outputs wait for the standby from now on",
            _ => "outputs leave at once",
        });
    }

    void INodeEffects.SetQuiet(bool quiet)
    {
        _quietAsked = quiet;
        Say(quiet ? "takes nothing in any more" : "takes packets in again");
    }

    void INodeEffects.SetPrepared(ulong checkpoint)
    {
        if (_latched) Say($"RELEASES the outputs up to {checkpoint}");
    }

    bool INodeEffects.TryStage(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        Say($"stages {header.Checkpoint}{(header.Flags.HasFlag(MessageFlags.Join) ? " on top of nothing" : "")}");
        return true;
    }

    void INodeEffects.Apply(ulong checkpoint) => Say($"applies {checkpoint}");

    void INodeEffects.DiscardReplica() => Say("empties its replica");

    void INodeEffects.Freeze(string why)
    {
        Say(why);
        var at = new Rule(Core.FrozenIn, RuleOrigin.Resumed, _closed, _closed * 100, (long)_closed);
        scenario.LifeEnds(this);
        _core = null;
        _frozen = at;
        Say($"freezes its state at checkpoint {at.Checkpoint}, and begins a new life");
        Start();
    }

    void INodeEffects.DropFrozen()
    {
        _frozen = null;
        Say("drops its frozen state");
    }

    void INodeEffects.Report(string what) => Say(what);
}
