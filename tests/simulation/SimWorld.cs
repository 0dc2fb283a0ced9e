using System.Text;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Identity;

namespace Holdfast.Tests.Simulation;

/// <summary>Two nodes, a network, a far end and faults, all from one seed: the same seed gives the same run.</summary>
internal sealed class SimWorld : IDisposable
{
    private readonly SimNode _a, _b;
    private readonly StringBuilder _log = new();
    private ulong _highestTerm;
    private SimNode? _ruler;
    private ulong _nextValue;
    private bool _quiet;

    public SimWorld(int seed, KnownBad knownBad = default, int? onlyInvariant = null)
    {
        Seed = seed;
        Random = new Random(seed);
        Network = new SimNetwork(Random) { Now = 1_000_000_000 };
        Model = new SimModel(SimNode.Functions) { Only = onlyInvariant };
        _a = new SimNode(this, "a", initialPrimary: true, knownBad);
        _b = new SimNode(this, "b", initialPrimary: false, knownBad);
    }

    public int Seed { get; }

    public Random Random { get; }

    public SimNetwork Network { get; }

    public SimModel Model { get; }

    public long WallClock => 1_700_000_000_000_000_000 + Network.Now;

    public long Steps { get; private set; }

    public int Takeovers { get; private set; }

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
    public void Run(int steps, bool faults)
    {
        // In some runs faults last for longer than any patience of the nodes.
        var healing = Random.Next(4) == 0 ? 20_000 : 2_500;
        for (var i = 0; i < steps && Model.Violations.Count == 0; i++)
        {
            Step();
            if (faults && Random.Next(4_000) == 0) Fault();
            if (faults && Random.Next(healing) == 0) Heal();
            if (faults && Random.Next(1_000) == 0) KillFunction();
        }
    }

    public void Step()
    {
        Steps++;
        Network.Now += Random.NextInt64(1_000, 60_000);
        if (!_quiet && Random.Next(6) == 0) Offer();
        (Random.Next(2) == 0 ? _a : _b).Step(Random);
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
            (Random.Next(2) == 0 ? _a : _b).Step(Random);
            if (i % 64 == 0 && _ruler is { IsAlive: true } ruler && ruler.Core.IsProtected && !ruler.Leaks) return true;
        }

        return false;
    }

    public void Heal()
    {
        if (Network.Cut || Network.Muted is not null) Log("the link heals");
        Network.Cut = false;
        Network.Muted = null;
        Network.MaxDelay = SimNetwork.UsualDelay;
        _quiet = false;
        _a.IsPaused = _b.IsPaused = false;
        if (!_a.IsAlive) _a.Start();
        if (!_b.IsAlive) _b.Start();
    }

    public void KillFunction()
    {
        var node = Random.Next(2) == 0 ? _a : _b;
        var packets = Random.Next(30);
        Log($"an NF of {node.Name} dies in {packets} packets");
        node.KillFunction(Random.Next(SimNode.Functions), packets);
    }

    public void Fault()
    {
        Faults++;
        var node = Random.Next(2) == 0 ? _a : _b;
        switch (Random.Next(14))
        {
            case 0 when _a.IsAlive && _b.IsAlive:
                Log($"{node.Name} is killed");
                node.Kill();
                break;
            case 1:
                Log($"{node.Name} is paused");
                node.IsPaused = true;
                break;
            case 2:
                Log("the link is cut");
                Network.Cut = true;
                break;
            case 3:
                Log("the connections break");
                Network.BreakAll();
                break;
            case 4 when node.IsAlive:
                Log($"{node.Name} is killed and starts at once");
                node.Kill();
                node.Start();
                break;
            case 5 or 6:
                // A packet of each direction can be left in the open checkpoint, with nothing behind it.
                Log("the traffic stops");
                _quiet = true;
                break;
            case 7:
                Log($"nothing that {node.Name} says arrives");
                Network.Muted = node;
                break;
            case 8:
                Log("the network is slower than the nodes' patience");
                Network.MaxDelay = 30_000_000;
                break;
            case 9:
                Log("a byte is flipped on the wire");
                Network.FlipNext = true;
                break;
            case 10 when _a.IsAlive && _b.IsAlive:
                Log($"{node.Name} is stopped in an orderly way");
                node.Leave();
                break;
            // Told to a ruler that was superseded unheard, it is the operator's loss, which invariant 1 excepts.
            case 12 or 13:
                Log("the connections break and come back slowly");
                Network.BreakAll();
                Network.MaxDelay = 6_000_000;
                break;
            case 11 when !node.IsAlive && PeerOf(node) is { IsAlive: true, IsPaused: false } left
                         && (left == _ruler || left.Core.Role != NodeRole.Ruling):
                Log($"{left.Name} is told that {node.Name} is off: {left.Core.ContinueUnprotected() ?? "goes on"}");
                break;
        }
    }

    public void Reported(SimNode node, string what)
    {
        Log($"{node.Name}: {what}");
        // No part of a node hangs alone here, so there is always another reason, which must be seen first.
        if (what.Contains("has not moved", StringComparison.Ordinal)) Model.Violate(9, $"{node.Name} {what}");
    }

    public void Announced(SimNode node, Announcement announcement)
    {
        Log($"{node.Name}: rules in term {announcement.Term} ({announcement.Kind}), covers {announcement.CoveredClock}");
        if (announcement.Kind == AnnouncementKind.TookOver) Takeovers++;
        if (announcement.Kind == AnnouncementKind.Started && Model.AcceptedCount > 0) StatesLost++;
        if (announcement.Kind == AnnouncementKind.Started && PeerOf(node) is { IsAlive: true, Agent: not null } peer
            && peer.Core.Role == NodeRole.Eligible)
            Model.Violate(1, $"{node.Name} starts the chain anew although {peer.Name} may take over");
        if (announcement.Term < _highestTerm) return;
        _highestTerm = announcement.Term;
        _ruler = node;
        Model.Take(announcement, node.Histories());
    }

    public void Accepted(ulong term, Direction direction, ulong clock, ulong value, bool tick)
    {
        // What a superseded ruler still takes in is above what its heir covers: it never happened.
        if (term >= _highestTerm) Model.Accept(direction, clock, value, tick);
    }

    public void Released(SimNode node, Direction direction, ulong clock, ulong value)
    {
        var ruledBySomebodyElse = node != _ruler;
        var peer = PeerOf(node);
        if (peer is { IsAlive: true, Agent: not null }) Model.CheckHeir(clock, peer.Core, peer.Covers);
        // A ruler that was superseded may still release what was prepared: its heir covers that.
        Model.Release(direction, clock, value, node.Core.IsProtected && !ruledBySomebodyElse);
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
    }

    private void Offer()
    {
        // The far end sends to the node that announced the highest term.
        if (_ruler is not { IsAlive: true } ruler) return;
        for (var burst = Random.Next(1, 6); burst > 0; burst--)
            ruler.Ports[Random.Next(2)].Offer(++_nextValue * 0x9E3779B97F4A7C15);
    }
}
