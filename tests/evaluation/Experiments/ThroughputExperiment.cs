using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>How many packets a second chains carry, by their length and what protects them.</summary>
internal sealed class ThroughputExperiment : IExperiment
{
    private const int Flows = 64;

    private readonly Table _table = new("chain", "frames", "protection", "Mpps", "lowest", "highest", "of unprotected");
    private readonly List<(string Chain, int FrameBytes, Dictionary<string, Spread> Mpps)> _measured = [];

    public string Name => "throughput";

    public Section Run(Laboratory laboratory)
    {
        foreach (var chain in Chains(laboratory.Options.Quick))
        {
            Compare(laboratory, chain, 60);
            if (!laboratory.Options.Quick) Compare(laboratory, chain, BedPlan.Mixed);
        }

        MeasureCeiling(laboratory);
        return new Section(Name, "Throughput",
            "Each port offers a thousand million packets a second; what came out at both ends together, over the time that it took, counts. The ports make and "
            + "take the packets inside nfmgr's memory, so no network is in the way. Packets of 64 B on the wire (60 without FCS) unless IMIX (7 of 64, 4 of 594, "
            + "1 of 1,518 B) is named. All protections of a chain are measured in turns; bars are medians, whiskers the lowest and highest turn. The reference "
            + "does the same work by DPDK's rings, pools and hash tables in C, a process per stage, without replication or checks; dpdk-testpmd forwards between two "
            + "null devices, and is the ceiling of a single hop.",
            "The papers' chains carry 14.88 Mpps, 10 GbE's line rate of 64-byte packets, on servers with dozens of cores. OpenNetVM with three forwarders: "
            + "0.5–1.3 Mpps on a machine with as few cores as ours; DPDK's parts in one thread: 14–19 Mpps.",
            _table,
            [.. new[] { 60, BedPlan.Mixed }.Where(frameBytes => _measured.Any(one => one.FrameBytes == frameBytes)).Select(Plot)]);
    }

    private static IEnumerable<ChainPlan> Chains(bool quick) => quick ? [ChainPlan.Chain3, ChainPlan.Chain3Map]
        : [ChainPlan.Chain3, ChainPlan.Chain3Map, ChainPlan.Forwarders(1), ChainPlan.Forwarders(2), ChainPlan.Forwarders(5), ChainPlan.Monitors(1), ChainPlan.MonitorFirewallNat];

    private void Compare(Laboratory laboratory, ChainPlan chain, int frameBytes)
    {
        var options = laboratory.Options;
        var frames = frameBytes == BedPlan.Mixed ? "IMIX" : "64 B";
        laboratory.Progress($"throughput of {chain.Title}, {frames}");
        using var beds = new BedGroup(laboratory, Protections.All.Select(protection => new BedPlan(chain, protection, frameBytes, Flows)));
        var contestants = beds.Beds.Select(bed => (Key: bed.Plan.Protection.Key(), Measure: (Func<double>)(() => laboratory.Measure(bed, Bed.Everything).Mpps))).ToList();
        if (ReferenceFor(laboratory, chain, frameBytes) is { } reference) contestants.Add(("reference", reference));

        var measured = Turns.Take(options.Turns, contestants, contestant => contestant.Measure())
            .ToDictionary(one => one.Key.Key, one => Spread.Of(one.Value));
        var path = $"throughput.{chain.Key}";
        if (frameBytes == BedPlan.Mixed) path += ".imix";
        foreach (var (key, mpps) in measured)
        {
            laboratory.Results.Put(key == "reference" ? $"reference.{chain.Key}.mpps" : $"{path}.{key}.mpps", mpps);
            _table.Add(chain.Title, frames, key, mpps.Median, mpps.Low, mpps.High, mpps.Over(measured["unprotected"]).Median);
        }

        PutRatios(laboratory, path, measured);
        _measured.Add((chain.Title, frameBytes, measured));
    }

    private static void PutRatios(Laboratory laboratory, string path, Dictionary<string, Spread> measured)
    {
        Put("batchCommit", "unprotected");
        Put("twins", "unprotected");
        Put("standbyNode", "batchCommit");
        Put("standbyNode", "unprotected");
        Put("unprotected", "reference");

        void Put(string above, string below)
        {
            if (measured.TryGetValue(below, out var divisor)) laboratory.Results.Put($"{path}.ratios.{above}Over{char.ToUpperInvariant(below[0])}{below[1..]}", measured[above].Over(divisor));
        }
    }

    /// <summary>The same work in C, where there is one.</summary>
    private static Func<double>? ReferenceFor(Laboratory laboratory, ChainPlan chain, int frameBytes)
    {
        var work = chain == ChainPlan.Chain3 ? "mac" : chain == ChainPlan.Chain3Map ? "map" : null;
        if (work is null || frameBytes == BedPlan.Mixed) return null;
        if (ReferenceProgram.Missing is { } why)
        {
            laboratory.Note(why);
            return null;
        }

        var (stages, seconds) = (chain.Functions.Count, laboratory.Options.Seconds);
        laboratory.NoteCommand(ReferenceProgram.Command(stages, work, seconds, Flows));
        return () =>
        {
            ReferenceProgram.Mpps(stages, work, laboratory.Options.WarmUpSeconds, Flows);
            return ReferenceProgram.Mpps(stages, work, seconds, Flows);
        };
    }

    private void MeasureCeiling(Laboratory laboratory)
    {
        if (Tool.Testpmd.Remedy is { } why)
        {
            laboratory.Note($"the ceiling of a single hop is left out: {why}");
            return;
        }

        try
        {
            laboratory.Progress("dpdk-testpmd between null devices");
            laboratory.NoteCommand(Testpmd.Command);
            var mpps = Spread.Of([.. Enumerable.Range(0, laboratory.Options.Turns).Select(_ => Testpmd.Mpps(laboratory.Options.Seconds))]);
            laboratory.Results.Put("reference.testpmd.mpps", mpps);
            _table.Add("one hop between null devices", "64 B", "dpdk-testpmd", mpps.Median, mpps.Low, mpps.High, "");
        }
        catch (IOException error)
        {
            laboratory.Note($"the ceiling of a single hop is left out: {error.Message}");
        }
    }

    private BarPlot Plot(int frameBytes)
    {
        var chains = _measured.Where(one => one.FrameBytes == frameBytes).ToList();
        string[] keys = [.. Protections.All.Select(protection => protection.Key()), .. frameBytes == BedPlan.Mixed ? [] : (string[])["reference"]];
        return new BarPlot($"Throughput of {(frameBytes == BedPlan.Mixed ? "mixed (IMIX)" : "64-byte")} packets", "", "Mpps", [.. chains.Select(one => one.Chain)],
            [.. keys.Select(key => new Bars(key, [.. chains.Select(one => one.Mpps.GetValueOrDefault(key))]))]);
    }
}
