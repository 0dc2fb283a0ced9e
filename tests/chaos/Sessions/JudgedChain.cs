using System.Text.Json.Nodes;
using Holdfast.Chaos.Clients;
using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Chaos.Sessions;

/// <summary>The generator's exact stream, of which the judge afterwards compares every packet with a run without faults.</summary>
internal sealed class JudgedChain : IChain
{
    private const double Rate = 3_000, CaptureRounds = 0.4;

    /// <summary>The demo's time-outs are short, so that a run of seconds sees entries expire. Here the chain stands still for
    /// seconds.</summary>
    private const int Longer = 4;

    private static readonly string[] TimeOuts = ["idleTimeout", "tcpEstablished", "tcpTransitory", "udp", "icmp"];

    private readonly DemoCluster _cluster;
    private readonly Failover _traffic;
    private double _longestGap, _shortestTimeOut = double.MaxValue;

    public JudgedChain(string directory, string programs, int seed, (NodeHost A, NodeHost B) hosts, CancellationToken stop)
    {
        _cluster = new DemoCluster(directory, programs, Path.Combine(programs, "demo", "mixed.pcap"), seed, (NodeHost.Port, NodeHost.Port),
            places: (hosts.A.Place(directory, programs), hosts.B.Place(directory, programs)));
        try
        {
            Configure();
            Pair = new NodePair(_cluster.A, hosts.A, _cluster.B, hosts.B, stop);
            _traffic = new Failover(_cluster, new Random(seed));
            _traffic.Start(Rate, CaptureRounds);
        }
        catch
        {
            _cluster.Dispose();
            throw;
        }
    }

    public NodePair Pair { get; }

    public void AwaitTraffic()
    {
        var before = (long)Status()["exchangesCompleted"]!;
        var deadline = Environment.TickCount64 + (long)NodePair.Bound.TotalMilliseconds;
        while ((long)Status()["exchangesCompleted"]! <= before + 64)
        {
            if (Environment.TickCount64 > deadline) throw new ViolationException($"the chain is protected, and no traffic passes for {NodePair.Bound.TotalSeconds:0} s");
            Thread.Sleep(20);
        }
    }

    /// <summary>The generator knows its longest gap so far: a round that had a shorter one shows none.</summary>
    public IReadOnlyDictionary<string, double> TakeOutages()
    {
        var longest = (double)Status()["longestGapMs"]!;
        var outage = longest > _longestGap ? longest : 0;
        _longestGap = longest;
        return new Dictionary<string, double> { ["judged"] = outage };
    }

    public IReadOnlyList<Incident> TakeIncidents() => [];

    /// <summary>The generator gives them up by itself.</summary>
    public int GiveUpConnectionsBefore(DateTime time) => 0;

    public SessionResult Finish(bool stateWasLost)
    {
        var violations = new List<string>();
        var (traffic, verdict) = _traffic.Finish();
        File.WriteAllText(Path.Combine(_cluster.Directory, "verdict.json"), $"{verdict}\n{traffic}\n");
        foreach (var wrong in new[] { "duplicates", "mismatches", "order", "records", "withheld" }) Count(verdict, wrong);
        var crossed = CrossedResets.Count(verdict["first"]!.AsArray().Select(word => (string)word!));
        // Packets that wait on both sides while nothing moves are read in another order than they came, and ticks with them. From
        // the shortest time-out on that shows in the NFs' state.
        if ((double)traffic["longestGapMs"]! <= 1000 * _shortestTimeOut / 2 && (long)verdict["stateMismatches"]! != crossed) Count(verdict, "stateMismatches");
        if (!stateWasLost) Count(traffic, "mappingChanged");
        if (violations.Count > 0) violations.Add($"the judge's first words: {verdict["first"]!.ToJsonString()}");
        var figures = new Dictionary<string, long>
        {
            ["packetsJudged"] = (long)verdict["inputs"]!,
            ["outputsJudged"] = (long)verdict["outputs"]!,
            ["resetsCrossed"] = crossed / 2,
            ["recordedConnections"] = (long)traffic["flowsCompleted"]!,
            ["recordedConnectionsGivenUp"] = (long)traffic["flowsBroken"]!,
        };
        return new SessionResult(figures, violations);

        void Count(JsonObject from, string name)
        {
            if ((long)from[name]! is > 0 and var count) violations.Add($"{count} {name}");
        }
    }

    public void Dispose() => _cluster.Dispose();

    private JsonObject Status()
    {
        _cluster.Generator.Send(new JsonObject { ["do"] = "status" });
        return _cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "status"), NodePair.Bound, "its status");
    }

    private void Configure()
    {
        foreach (var node in new[] { _cluster.A, _cluster.B })
        {
            var configuration = JsonNode.Parse(File.ReadAllText(node.ConfigFile))!;
            foreach (var settings in configuration["chain"]!["functions"]!.AsArray().Select(f => f!["settings"]!.AsObject()))
            {
                foreach (var name in TimeOuts.Where(settings.ContainsKey))
                {
                    var seconds = Longer * (double)settings[name]!;
                    _shortestTimeOut = Math.Min(_shortestTimeOut, seconds);
                    settings[name] = seconds;
                }
            }

            ChaosConfiguration.AddTo(configuration);
            File.WriteAllText(node.ConfigFile, configuration.ToString());
        }
    }
}
