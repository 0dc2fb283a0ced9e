using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Holdfast.Chaos.Faults;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>
/// How long an NF is without a process: from the death (or the wish to hand over) until its successor has it, and until that
/// one's first packet is out. One node of three NFs, so that the NFs' core is not oversubscribed; with a busy stranger where
/// it says so. HOLDFAST_NF_DEATHS says how many (5).
/// </summary>
public sealed class SuccessionMeasurements : FunctionFixture
{
    private const double PacketsPerSecond = 40_000;

    private static readonly int Deaths = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_NF_DEATHS"), out var told) ? told : 5;

    [Test]
    public void Killed_from_outside([Values(false, true)] bool hog) => Measure(hog ? "SIGKILL from outside, beside a busy stranger" : "SIGKILL from outside", hog, node =>
    {
        var owner = Monitor(node).ProcessId;
        var at = Stopwatch.GetTimestamp();
        Signal(owner, Signum.SIGKILL);
        return at;
    });

    [TestCase("timed-throw", "exception")]
    [TestCase("timed-crash", "crash in native code (SIGSEGV)")]
    [TestCase("timed-overflow", "stack overflow")]
    [TestCase("timed-failfast", "FailFast (SIGABRT)")]
    public void Died_by_itself(string act, string what) => Measure(what, hog: false, node =>
    {
        var told = Told(node).Count;
        Trigger($"{act} {Monitor(node).ProcessId}");
        while (Told(node).Count == told) Thread.Sleep(1);
        return Told(node)[^1];
    }, mischievous: true);

    [Test]
    public void Handed_over() => Measure("planned hand-over", hog: false, node =>
    {
        var answer = node.Ask(new ControlRequest("nf-restart", Function: "monitor"));
        Assert.That(answer.Error, Is.Null);
        return Monitor(node).TookOverAt - answer.HandOverNanoseconds;
    });

    private static FunctionStatus Monitor(DemoNode node) => node.Status()!.Functions.Single(f => f.Name == "monitor");

    /// <summary>When the NF said that it would go wrong.</summary>
    private static List<long> Told(DemoNode node)
    {
        using var log = new StreamReader(new FileStream(node.LogFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var told = new List<long>();
        while (log.ReadLine() is { } line)
        {
            // The line may be half written.
            if (line.IndexOf("mischief at ", StringComparison.Ordinal) is >= 0 and var at && line.EndsWith(" ns", StringComparison.Ordinal))
                told.Add(long.Parse(line[(at + 12)..^3], CultureInfo.InvariantCulture));
        }

        return told;
    }

    private void Measure(string what, bool hog, Func<DemoNode, long> die, bool mischievous = false)
    {
        var node = StartOneNode(mischievous);
        using var stranger = hog ? new BusyStranger() : null;
        var toOwner = new List<double>();
        var toOutput = new List<double>();
        for (var i = 0; i < Deaths; i++)
        {
            var before = node.WaitFor("has a twin", s => s.Functions.All(f => f is { State: "running", TwinProcessId: not 0 })).Functions
                .Single(f => f.Name == "monitor");
            Thread.Sleep(20);
            var at = die(node);
            Thread.Sleep(15); // asking what is going on takes time from what is measured
            var after = node.WaitFor("has a successor", s => s.Functions.Single(f => f.Name == "monitor") is { FirstOutputAt: > 0 } f
                && f.Generation > before.Generation).Functions.Single(f => f.Name == "monitor");
            toOwner.Add((after.TookOverAt - at) / 1000.0);
            toOutput.Add((after.FirstOutputAt - at) / 1000.0);
        }

        TestContext.Out.WriteLine($"{what}, {Deaths} times, µs (median, 99th percentile, most): owner {Quantiles(toOwner)}; first packet out {Quantiles(toOutput)}");
        Assert.That(toOutput, Has.All.Positive);
    }

    private static string Quantiles(List<double> values)
    {
        values.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{values[values.Count / 2]:0}, {values[values.Count * 99 / 100]:0}, {values[^1]:0}");
    }

    private DemoNode StartOneNode(bool mischievous)
    {
        var cluster = MakeFunctionCluster("\"deathsPerMinute\": 100000, \"hangTimeout\": 1000", mischievous);
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), Patience, "the first term");
        cluster.Generator.Send(new JsonObject { ["do"] = "play", ["rate"] = PacketsPerSecond, ["captureRoundsPerSecond"] = 0, ["flows"] = 64 });
        return cluster.A;
    }
}
