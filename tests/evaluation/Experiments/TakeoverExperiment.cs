using System.Text.Json.Nodes;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Evaluation.Experiments;

/// <summary>How long a chain is silent when its primary is killed, and what clients saw; judged packet by packet.</summary>
internal sealed class TakeoverExperiment : IExperiment
{
    private const double PacketsPerSecond = 10_000, CaptureRounds = 2;
    private const int Seed = 1;

    private static readonly (string Key, string Name, Func<TakeoverReport, long> At)[] Steps =
    [
        ("detected", "the ruler was last heard, or its connection broke", report => report.LostAt),
        ("decided", "decided to rule", report => report.DecidedAt),
        ("persisted", "the term is on disk", report => report.PersistedAt),
        ("stateReady", "the state is complete", report => report.ReadyAt),
        ("ruling", "the root rules", report => report.RuledAt),
        ("released", "the first packet is let out", report => report.ReleasedAt),
    ];

    private readonly Table _table = new(["kill", .. Steps.Select(step => $"{step.Key} ms"), "first packet out ms", "rejoined ms"]);

    public string Name => "takeover";

    public Section Run(Laboratory laboratory)
    {
        laboratory.Progress($"{laboratory.Options.Kills} kills of a primary");
        using var cluster = new DemoCluster(laboratory.NewDirectory(), Installation.Programs, Path.Combine(Installation.Programs, "demo", "mixed.pcap"), Seed);
        var failover = new Failover(cluster, new Random(Seed));
        failover.Start(PacketsPerSecond, CaptureRounds);
        Thread.Sleep(1_000);
        var rounds = Enumerable.Range(0, laboratory.Options.Kills).Select(_ => failover.Round(_ => laboratory.ThrowIfStopped())).ToList();
        Thread.Sleep(1_000);
        var (traffic, verdict) = failover.Finish();
        Judge(laboratory, traffic, verdict);

        var takeovers = rounds.Select(round => round.TakeoverMs).ToList();
        laboratory.Results.Put("takeover.p50Ms", Quantiles.Of(takeovers, 0.5));
        laboratory.Results.Put("takeover.p99Ms", Quantiles.Of(takeovers, 0.99));
        laboratory.Results.Put("takeover.maxMs", takeovers.Max());
        laboratory.Results.Put("takeover.kills", rounds.Count);
        laboratory.Results.Put("takeover.rejoinP50Ms", Quantiles.Of([.. rounds.Select(round => (double)round.RejoinMs)], 0.5));
        return new Section(Name, "Takeover",
            $"Monitor, firewall and NAT on two nodes of this machine, {PacketsPerSecond:N0} packets a second of generated flows and recorded connections through wires. The primary gets "
            + "SIGKILL; from just before it until the new primary's first packet arrives at the far end, and until each step that the new primary tells of itself. Then the killed node "
            + "starts again, and the next kill meets the other one. In the end every accepted packet is replayed without failures and compared. "
            + $"Clients saw {traffic["flowsBroken"]} of {(long)traffic["flowsBroken"]! + (long)traffic["flowsCompleted"]!} connections break, {traffic["mappingChanged"]} change their NAT mapping, "
            + $"and nothing for {traffic["longestGapMs"]} ms at the longest. The judge made {verdict["checked"]} checks and found {verdict["violations"]} violations.",
            "", _table, Plots(laboratory, rounds, takeovers));
    }

    private LinePlot[] Plots(Laboratory laboratory, List<FailoverRound> rounds, List<double> takeovers)
    {
        double After(FailoverRound round, Func<TakeoverReport, long> at) => round.Report is { } report ? (at(report) - round.KilledAt) / 1e6 : double.NaN;
        for (var i = 0; i < rounds.Count; i++)
            _table.Add([i + 1, .. Steps.Select(step => (object)After(rounds[i], step.At)), rounds[i].TakeoverMs, rounds[i].RejoinMs]);

        // A node that was demoted since on a busy machine has nothing to tell of the life in which it took over.
        var told = rounds.Where(round => round.Report is not null).ToList();
        var lines = new List<Line>();
        foreach (var (key, name, at) in told.Count > 0 ? Steps : [])
        {
            var values = told.Select(round => After(round, at)).ToList();
            laboratory.Results.Put($"takeover.{key}P50Ms", Quantiles.Of(values, 0.5));
            laboratory.Results.Put($"takeover.{key}P99Ms", Quantiles.Of(values, 0.99));
            lines.Add(Distribution.Of(name, values));
        }

        lines.Add(Distribution.Of("it arrives at the far end", takeovers));
        return [new LinePlot("From SIGKILL: the share of takeovers in which it took no longer", "ms", "share", false, lines)];
    }

    private static void Judge(Laboratory laboratory, JsonObject traffic, JsonObject verdict)
    {
        laboratory.Results.Put("takeover.violations", (long)verdict["violations"]!);
        laboratory.Results.Put("takeover.duplicates", (long)verdict["duplicates"]!);
        laboratory.Results.Put("takeover.longestGapMs", (double)traffic["longestGapMs"]!);
        laboratory.Results.Put("takeover.flowsBroken", (long)traffic["flowsBroken"]!);
        laboratory.Results.Put("takeover.flowsCompleted", (long)traffic["flowsCompleted"]!);
        if ((long)verdict["violations"]! > 0) laboratory.Violate($"takeover: the judge found {verdict["violations"]} violations: {verdict["first"]!.ToJsonString()}");
        foreach (var what in new[] { "flowsBroken", "mappingChanged" })
        {
            if ((long)traffic[what]! > 0) laboratory.Violate($"takeover: {what} is {traffic[what]} at the clients, and must be 0");
        }
    }
}
