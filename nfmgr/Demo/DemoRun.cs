using System.Text.Json.Nodes;

namespace Holdfast.Nfmgr.Demo;

/// <param name="Rounds">Kills in a row.</param>
/// <param name="Seed">Seeds the traffic and the moments of the kills.</param>
/// <param name="Measure">Also measure load and latency, with and without protection.</param>
/// <param name="Keep">Where to leave configurations, logs and journals; null removes them.</param>
internal sealed record DemoOptions(int Rounds, int Seed, bool Measure, string? Keep);

/// <summary>The whole demo: measure, fail over, judge, report.</summary>
internal sealed class DemoRun(DemoOptions options, string programs, Action<string> progress)
{
    private const double TrafficRate = 20_000, CaptureRounds = 2;
    private static readonly TimeSpan Try = TimeSpan.FromSeconds(1);

    private static string Capture(string programs) => Path.Combine(programs, "demo", "mixed.pcap");

    public DemoReport Run()
    {
        var directory = options.Keep ?? Directory.CreateTempSubdirectory("holdfast-demo-").FullName;
        try
        {
            var figures = options.Measure ? Measure(Path.Combine(directory, "load")) : (null, null);
            return FailOver(Path.Combine(directory, "failover"), figures.Item1, figures.Item2);
        }
        finally
        {
            if (options.Keep is null) Directory.Delete(directory, recursive: true);
        }
    }

    private (UnprotectedFigures?, ProtectedFigures?) Measure(string directory)
    {
        progress("starting a node alone: monitor, firewall and NAT as three processes");
        using var cluster = new DemoCluster(directory, programs, capture: null, options.Seed);
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), TimeSpan.FromSeconds(30), "the first term");
        var measurement = new LoadMeasurement(cluster.Generator, Try);
        measurement.LatencyAt(50_000); // the code of all processes is compiled by now
        var unprotected = measurement.HighestRate();
        progress($"unprotected, the chain carries {unprotected / 1e6:0.00} Mpps");

        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        var withStandby = measurement.HighestRate();
        progress($"protected by a standby, it carries {withStandby / 1e6:0.00} Mpps");
        var protectedLatency = measurement.LatencyAt(withStandby / 2);
        cluster.B.Stop();
        cluster.A.WaitFor("goes on without the standby that left", s => s is { Role: "Ruling", Protected: false, Blocked: false });
        var latency = measurement.LatencyAt(withStandby / 2);
        progress($"at half of that, packets take {latency.P50:0} µs unprotected and {protectedLatency.P50:0} µs protected (medians)");
        return (new UnprotectedFigures(Math.Round(unprotected / 1e6, 3)),
            new ProtectedFigures(Math.Round(withStandby / 1e6, 3), new AddedLatency(
                Math.Round(protectedLatency.P50 - latency.P50, 1), Math.Round(protectedLatency.P99 - latency.P99, 1))));
    }

    private DemoReport FailOver(string directory, UnprotectedFigures? unprotected, ProtectedFigures? withStandby)
    {
        progress("starting a fresh primary and standby, with recorded connections and generated flows through them");
        using var cluster = new DemoCluster(directory, programs, Capture(programs), options.Seed);
        var failover = new Failover(cluster, new Random(options.Seed));
        failover.Start(TrafficRate, CaptureRounds);
        Thread.Sleep(1_000);
        for (var round = 0; round < options.Rounds; round++) failover.Round(progress);
        Thread.Sleep(1_000);
        progress("draining, then replaying every accepted packet without failures and comparing");
        var (traffic, verdict) = failover.Finish();
        return new DemoReport(unprotected, withStandby,
            new TakeoverFigures(Math.Round(failover.TakeoverMs, 2), (long)verdict["lostOutputs"]! + (long)verdict["lostInputs"]!,
                (long)verdict["duplicates"]!, (long)verdict["stateMismatches"]!),
            new RejoinFigures(failover.RejoinMs),
            new TrafficFigures((long)verdict["inputs"]!, (long)traffic["flowsCompleted"]!, (long)traffic["flowsBroken"]!,
                (long)traffic["mappingChanged"]!, (double)traffic["longestGapMs"]!),
            new InvariantFigures((long)verdict["checked"]!, (long)verdict["violations"]!),
            [.. verdict["first"]!.AsArray().Select(line => (string)line!)]);
    }
}
