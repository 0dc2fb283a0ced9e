using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What a packet costs in processor time on each node, and how that grows.</summary>
internal sealed class CostExperiment : IExperiment
{
    private static readonly Protection[] Compared = [Protection.Unprotected, Protection.StandbyNode];

    private readonly Table _table = new("chain", "flows", "protection", "Mpps", "primary ns per packet", "standby ns per packet", "lowest", "highest");
    private readonly List<(string Name, Dictionary<string, Spread> Costs)> _bars = [];

    public string Name => "cost";

    public Section Run(Laboratory laboratory)
    {
        foreach (var (key, chain, flows) in Points(laboratory.Options.Quick)) Compare(laboratory, key, chain, flows);
        return new Section(Name, "Processor time per packet",
            "User and system time of each node's processes (nfmgr with the ports that make the packets, NFs and twins), by /proc, divided by the packets that came out, while half of what "
            + "each chain carries under overload is offered. The kernel counts in hundredths of a second, so short turns are coarse. Mpps are what it carries under overload.",
            "", _table,
            [
                new BarPlot("Processor time per packet at half load", "", "ns", [.. _bars.Select(bar => bar.Name)],
                    [.. new[] { "unprotected", "primary", "standby" }.Select(key => new Bars(key, [.. _bars.Select(bar => bar.Costs.GetValueOrDefault(key))]))]),
            ]);
    }

    private static IEnumerable<(string Key, ChainPlan Chain, int Flows)> Points(bool quick)
    {
        yield return ("chain3", ChainPlan.Chain3, 64);
        yield return ("flows512", ChainPlan.Monitors(3, 512), 512);
        if (quick) yield break;
        yield return ("flows64", ChainPlan.Chain3Map, 64);
        foreach (var count in new[] { 1, 2, 5 }) yield return ($"chain{count}", ChainPlan.Forwarders(count), 64);
        foreach (var bytes in new[] { 1024, 16_384, 62 << 10 }) yield return ($"bytes{bytes}", ChainPlan.Forwarders(1, bytes), 64);
    }

    private void Compare(Laboratory laboratory, string key, ChainPlan chain, int flows)
    {
        laboratory.Progress($"processor time of {chain.Title}, {flows} flows");
        using var beds = new BedGroup(laboratory, Compared.Select(protection => new BedPlan(chain, protection, Flows: flows)));
        var carried = beds.Beds.ToDictionary(bed => bed, bed => laboratory.Measure(bed, Bed.Everything).Mpps);
        var measured = Turns.Take(laboratory.Options.Turns, beds.Beds, bed => laboratory.Measure(bed, HalfOf(bed), Watch));
        var costs = new Dictionary<string, Spread>();
        foreach (var (bed, turns) in measured)
        {
            var isProtected = bed.Standby is not null;
            var primary = Spread.Of([.. turns.Select(turn => turn.Primary)]);
            costs[isProtected ? "primary" : "unprotected"] = primary;
            var path = $"cost.{key}.{bed.Plan.Protection.Key()}";
            laboratory.Results.Put($"{path}.mpps", carried[bed]);
            laboratory.Results.Put($"{path}.primaryNsPerPacket", primary);
            if (isProtected) laboratory.Results.Put($"{path}.standbyNsPerPacket", costs["standby"] = Spread.Of([.. turns.Select(turn => turn.Standby)]));
            _table.Add(chain.Title, flows, bed.Plan.Protection.Key(), carried[bed], primary.Median, isProtected ? costs["standby"].Median : "", primary.Low, primary.High);
        }

        _bars.Add(($"{chain.Title}, {flows} flows", costs));

        long HalfOf(Bed bed) => Math.Max(2, (long)(carried[bed] * 1e6 / 2));

        (double Primary, double Standby) Watch(Bed bed)
        {
            var primary = ProcessorTime.Of(bed.ProcessesOf(bed.Primary));
            var standby = bed.Standby is { } node ? ProcessorTime.Of(bed.ProcessesOf(node)) : null;
            var packets = Math.Max(1, bed.Load(HalfOf(bed), laboratory.Options.Seconds).Sent);
            return (primary.Nanoseconds / packets, (standby?.Nanoseconds ?? 0) / packets);
        }
    }
}
