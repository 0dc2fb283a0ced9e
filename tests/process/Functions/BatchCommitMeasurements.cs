using System.Globalization;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>
/// What batch commit costs the real chain of three NFs: two nodes, one with it and one without, under load in turns; the one whose
/// turn it isn't sleeps. HOLDFAST_LOAD_PAIRS says how many turns each (1).
/// </summary>
public sealed class BatchCommitMeasurements : ClusterFixture
{
    private static readonly int Pairs = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_LOAD_PAIRS"), out var told) ? told : 1;

    [Test]
    public void With_and_without()
    {
        var (with, without) = (Start("with", batchCommit: true), Start("without", batchCommit: false));
        var figures = new List<(double With, double Without)>();
        for (var i = 0; i < Pairs; i++)
        {
            // Who goes first changes, so that neither always has the warmer machine.
            if (i % 2 == 0) figures.Add((with.HighestRate(), without.HighestRate()));
            else
            {
                var first = without.HighestRate();
                figures.Add((with.HighestRate(), first));
            }
        }

        TestContext.Out.WriteLine($"{Pairs} pairs (lowest, median, highest): with batch commit {Spread(figures, f => f.With / 1e6)} Mpps, without "
            + $"{Spread(figures, f => f.Without / 1e6)} Mpps, with ÷ without pair by pair {Spread(figures, f => f.With / f.Without)}");
        Assert.That(figures, Has.All.Matches<(double With, double Without)>(f => f is { With: > 0, Without: > 0 }));
    }

    private LoadMeasurement Start(string name, bool batchCommit)
    {
        var cluster = Own(new DemoCluster(Path.Combine(DirectoryOfTest, name), Programs, capture: null, seed: 1));
        if (!batchCommit) cluster.AddToChain("\"batchCommit\": false");
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), Patience, "the first term");
        var measurement = new LoadMeasurement(cluster.Generator, TimeSpan.FromSeconds(1));
        _ = measurement.LatencyAt(50_000); // the code of all processes is compiled by now
        return measurement;
    }

    private static string Spread(IEnumerable<(double, double)> figures, Func<(double With, double Without), double> of)
    {
        double[] sorted = [.. figures.Select(of).Order()];
        return string.Create(CultureInfo.InvariantCulture, $"{sorted[0]:0.00}, {sorted[sorted.Length / 2]:0.00}, {sorted[^1]:0.00}");
    }
}
