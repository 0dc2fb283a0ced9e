using System.Text;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Identity;

namespace Holdfast.Simulation;

/// <summary>Two nodes, a network, a far end and faults, all from one seed: the same seed gives the same run.</summary>
internal sealed class SimWorld : IDisposable
{
    private readonly SimNode _a, _b;
    private readonly StringBuilder _log = new();
    private Term _highestTerm;
    private SimNode? _ruler;
    private ulong _nextValue;
    private bool _quiet;
    private bool _operatorSpeaks;
    private SimNode? _handsOver, _isHandedTo;

    public SimWorld(int seed, KnownBad knownBad = default, int? onlyInvariant = null)
    {
        Seed = seed;
        Random = new Random(seed);
        Network = new SimNetwork(Random) { Now = 1_000_000_000 };
        PrefersAvailability = knownBad == default && seed % 5 == 0 && seed % 3 != 1;
        Arbiter = seed % 3 == 1 ? new SimArbiter(this) : null;
        Model = new SimModel(SimNode.Functions) { Only = onlyInvariant };
        _a = new SimNode(this, "a", initialPrimary: true, knownBad);
        _b = new SimNode(this, "b", initialPrimary: false, knownBad);
    }

    public int Seed { get; }

    public Random Random { get; }

    public SimNetwork Network { get; }

    public SimModel Model { get; }

    /// <summary>In a third of all runs.</summary>
    public SimArbiter? Arbiter { get; }

    /// <summary>The nodes' policy: a silent standby does not stop the chain, and two may rule.</summary>
    public bool PrefersAvailability { get; }

    /// <summary>A join takes dozens of checkpoints, several, or just one.</summary>
    public int JoinLines => 1 + Seed % 7 * (Seed % 7);

    public long WallClock => 1_700_000_000_000_000_000 + Network.Now;

    public long Steps { get; private set; }

    public int Takeovers { get; private set; }

    /// <summary>Planned changes of ruler.</summary>
    public int Switchovers { get; private set; }

    /// <summary>Times that a node ruled again after its successor's state was lost.</summary>
    public int Resumed { get; private set; }

    public int StatesLost { get; private set; }

    public int Faults { get; private set; }

    /// <summary>NFs that died in the middle of a batch.</summary>
    public int FunctionDeaths { get; set; }

    public SimNode A => _a;

    public SimNode B => _b;

    public string Transcript => _log.ToString();

    public SimNode PeerOf(SimNode node) => node == _a ? _b : _a;

    public void Log(string what) => _log.AppendLine($"{(Network.Now - 1_000_000_000) / 1000,9} µs  {what}");

    /// <summary>Runs with traffic and, between them, faults.</summary>
    /// <param name="steps">How long.</param>
    /// <param name="faults">In the order of their steps.</param>
    public void Run(int steps, IReadOnlyList<SimFault> faults)
    {
        var next = 0;
        for (var i = 0; i < steps && Model.Violations.Count == 0; i++)
        {
            Step();
            for (; next < faults.Count && faults[next].Step <= i; next++) Apply(faults[next]);
        }
    }

    /// <summary>Both nodes and, in some runs, the arbiter.</summary>
    public void Start()
    {
        Arbiter?.Start();
        _a.Start();
        _b.Start();
    }

    public void Step()
    {
        Steps++;
        Network.Now += Random.NextInt64(1_000, 60_000);
        if (!_quiet && Random.Next(6) == 0) Offer();
        StepOne();
    }

    private void StepOne()
    {
        if (Arbiter is not null && Random.Next(4) == 0) Arbiter.Step();
        else (Random.Next(2) == 0 ? _a : _b).Step(Random);
    }

    /// <summary>Ends all faults, stops the traffic, and waits until the chain is drained and protected again.</summary>
    /// <returns>False when that does not happen.</returns>
    public bool Settle(int steps = 60_000)
    {
        Heal();
        if (!_a.IsAlive) _a.Start();
        if (!_b.IsAlive) _b.Start();
        for (var i = 0; i < steps && Model.Violations.Count == 0; i++)
        {
            Steps++;
            Network.Now += Random.NextInt64(1_000, 60_000);
            StepOne();
            if (i % 64 == 0 && _ruler is { IsAlive: true } ruler && ruler.Core.IsProtected && !ruler.Leaks) return true;
        }

        return false;
    }

    public void Heal()
    {
        if (Network.Cut || Network.Muted is not null || Network.Isolated is not null) Log("the link heals");
        Network.Cut = false;
        Network.Muted = null;
        Network.Isolated = null;
        Network.Refusing = null;
        if (Arbiter is { IsAlive: false }) Arbiter.Start();
        Network.MaxDelay = SimNetwork.UsualDelay;
        _quiet = false;
        _a.IsPaused = _b.IsPaused = false;
        _a.DiesWriting = _b.DiesWriting = DeathWhileWriting.No;
        _a.DiesAtTurn = _b.DiesAtTurn = 0;
        if (!_a.IsAlive) _a.Start();
        if (!_b.IsAlive) _b.Start();
    }

    private void Apply(in SimFault fault)
    {
        if (fault.Kind is not (FaultKind.Heal or FaultKind.KillFunction)) Faults++;
        var node = fault.Node == 0 ? _a : _b;
        switch (fault.Kind)
        {
            case FaultKind.Kill when _a.IsAlive && _b.IsAlive:
                Log($"{node.Name} is killed");
                node.Kill();
                break;
            case FaultKind.KillAndStart when node.IsAlive:
                Log($"{node.Name} is killed and starts at once");
                node.Kill();
                node.Start();
                break;
            case FaultKind.KillBoth:
                Log("both are killed");
                if (_a.IsAlive) _a.Kill();
                if (_b.IsAlive) _b.Kill();
                break;
            case FaultKind.DieTurning when node.IsAlive:
                node.DiesAtTurn = 1 + fault.Amount % 6;
                Log($"{node.Name} will die with change {node.DiesAtTurn} of what it and its standby may do");
                break;
            case FaultKind.DieWriting when node.IsAlive:
                Log($"{node.Name} will die while it writes to its disk");
                node.DiesWriting = fault.Amount % 2 == 0 ? DeathWhileWriting.Before : DeathWhileWriting.After;
                break;
            case FaultKind.Pause:
                Log($"{node.Name} is paused");
                node.IsPaused = true;
                break;
            case FaultKind.Leave when _a.IsAlive && _b.IsAlive:
                Log($"{node.Name} is stopped in an orderly way");
                node.Leave();
                break;
            case FaultKind.Cut:
                Log("the link is cut");
                Network.Cut = true;
                break;
            case FaultKind.Mute:
                Log($"nothing that {node.Name} says arrives");
                Network.Muted = node;
                break;
            case FaultKind.Isolate:
                Log($"{node.Name} hears nobody");
                Network.Isolated = node;
                break;
            case FaultKind.Break:
                Log("the connections break");
                Network.BreakAll();
                break;
            case FaultKind.BreakSlowly:
                Log("the connections break and come back slowly");
                Network.BreakAll();
                Network.MaxDelay = 6_000_000;
                break;
            case FaultKind.Refuse:
                Log($"{node.Name}'s host refuses connections, and {node.Name} lives");
                Network.Refusing = node;
                Network.BreakAll();
                break;
            case FaultKind.Slow:
                Log("the network is slower than the nodes' patience");
                Network.MaxDelay = 30_000_000;
                break;
            case FaultKind.FlipByte:
                Log("a byte is flipped on the wire");
                Network.FlipNext = true;
                break;
            case FaultKind.Stranger when node.IsAlive:
                Log($"a stranger speaks to {node.Name}");
                Network.Intrude(node, fault.Amount);
                break;
            case FaultKind.StopTraffic:
                // A packet of each direction can be left in the open checkpoint, with nothing behind it.
                Log("the traffic stops");
                _quiet = true;
                break;
            // Told to a ruler that was superseded unheard, it is the operator's loss, which invariant 1 excepts.
            case FaultKind.OperatorContinues when !node.IsAlive && PeerOf(node) is { IsAlive: true, IsPaused: false } left
                                                  && (left == _ruler || left.Core.Role != NodeRole.Ruling):
                _operatorSpeaks = true;
                left.Survives(() => Log($"{left.Name} is told that {node.Name} is off: {left.Core.ContinueUnprotected() ?? "goes on"}"));
                _operatorSpeaks = false;
                break;
            case FaultKind.OperatorSwitchesOver when _ruler is { IsAlive: true, IsPaused: false } ruler:
                Log($"{ruler.Name} is told to switch over: {ruler.Core.BeginSwitchover(Network.Now) ?? "begins"}");
                break;
            case FaultKind.IsolateArbiter:
                Log("the arbiter hears nobody");
                Network.Isolated = Arbiter;
                break;
            case FaultKind.KillArbiter when Arbiter!.IsAlive:
                Log("the arbiter is killed");
                Arbiter.Kill();
                break;
            case FaultKind.RestartArbiter when Arbiter!.IsAlive:
                Log("the arbiter is killed and starts at once");
                Arbiter.Kill();
                Arbiter.Start();
                break;
            case FaultKind.ArbiterLosesDisk when Arbiter!.IsAlive:
                Log("the arbiter is killed and starts at once with a new disk");
                Arbiter.Kill();
                Arbiter.LoseDisk();
                Arbiter.Start();
                break;
            case FaultKind.KillFunction:
                node.KillFunction(fault.Amount % SimNode.Functions, fault.Amount / SimNode.Functions);
                break;
            case FaultKind.Heal:
                Heal();
                break;
        }
    }

    public void Reported(SimNode node, string what)
    {
        Log($"{node.Name}: {what}");
        if (what.Contains("hands over at checkpoint", StringComparison.Ordinal)) _handsOver = node;
        if (what.Contains("the ruler hands over", StringComparison.Ordinal))
        {
            Switchovers++;
            _isHandedTo = node;
        }

        // No part of a node hangs alone here, so there is always another reason, which must be seen first.
        if (what.Contains("has not moved", StringComparison.Ordinal)) Model.Violate(9, $"{node.Name} {what}");
        // Who may take over must be able to if the ruler never comes back, which the end of a run does not show: all come back.
        if (what.StartsWith("is PROTECTED", StringComparison.Ordinal) && Arbiter is { Forgot: false, Record: var record }
            && record.Term == node.Core.Term && record.Heir == Incarnation.None)
            Model.Violate(9, $"{node.Name} is protected by a standby of which the arbiter does not know");
    }

    public void Announced(SimNode node, Announcement announcement)
    {
        Log($"{node.Name}: rules in term {announcement.Term} ({announcement.Kind}), covers {announcement.CoveredClock}");
        if (announcement.Kind == AnnouncementKind.TookOver) Takeovers++;
        if (announcement.Kind == AnnouncementKind.Resumed) Resumed++;
        if (announcement.Kind == AnnouncementKind.Started && Model.AcceptedCount > 0) StatesLost++;
        if (announcement.Kind is AnnouncementKind.Started or AnnouncementKind.Resumed && !_operatorSpeaks
            && PeerOf(node) is { IsAlive: true, Agent: not null } peer && peer.Core.Role is NodeRole.Eligible or NodeRole.Ruling)
            Model.Violate(1, $"{node.Name} starts the chain anew although {peer.Name} is {peer.Core.Role}");
        // Unless the old ruler has gone on alone meanwhile, as a chain that prefers availability does.
        var isPlanned = announcement.Kind == AnnouncementKind.TookOver && _isHandedTo == node && _handsOver == PeerOf(node);
        _handsOver = _isHandedTo = null;
        Model.Take(node, announcement, isPlanned, node.Histories());
        // Of two that went on by themselves the one with the higher name will stay.
        var term = new Term(announcement.Term, NodeId.Of(node.Name));
        if (term < _highestTerm) return;
        _highestTerm = term;
        _ruler = node;
    }

    public void Accepted(SimNode node, Direction direction, ulong clock, ulong value, bool tick) =>
        Model.Accept(node, direction, clock, value, tick);

    public void Released(SimNode node, Direction direction, ulong clock, ulong value)
    {
        var peer = PeerOf(node);
        var mayRule = !(PrefersAvailability && !node.Core.IsProtected) && (Arbiter is null || Arbiter.Record.Heir == peer.Agent?.Core.Incarnation);
        if (mayRule && peer is { IsAlive: true, Agent: not null })
            Model.CheckHeir(clock, peer.Core, peer.Covers);
        Model.Release(node, direction, clock, value, node.Core.IsProtected);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        Arbiter?.Dispose();
    }

    private void Offer()
    {
        // The far end sends to the node that announced the highest term.
        if (_ruler is not { IsAlive: true } ruler) return;
        for (var burst = Random.Next(1, 6); burst > 0; burst--)
            ruler.Ports[Random.Next(2)].Offer(++_nextValue * 0x9E3779B97F4A7C15);
    }
}
