using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What idle loops had better do.</summary>
internal sealed class WaitingExperiment : IExperiment
{
    private readonly Table _table = new("waiting", "Mpps", "lowest", "highest", "p50 µs", "p99 µs", "at packets a second");

    public string Name => "waiting";

    public Section Run(Laboratory laboratory)
    {
        var options = laboratory.Options;
        laboratory.Progress("wait strategies");
        using var beds = new BedGroup(laboratory, new[] { "poll", "yield", "sleep", "auto" }.Select(waiting => new BedPlan(ChainPlan.Chain3, Protection.Unprotected, Waiting: waiting)));
        var carried = Turns.Take(options.Turns, beds.Beds, bed => laboratory.Measure(bed, Bed.Everything).Mpps).ToDictionary(one => one.Key, one => Spread.Of(one.Value));
        // One rate for all: a strategy that carries less would have an easier load otherwise.
        var rate = Math.Max(2, (long)(carried.Values.Max(mpps => mpps.Median) * 1e6 / 10));
        var latencies = Turns.Take(options.Turns, beds.Beds, bed => laboratory.Measure(bed, rate).Latencies);
        foreach (var bed in beds.Beds)
        {
            Spread Of(double share) => Spread.Of([.. latencies[bed].Select(turn => turn.Percentile(share))]);
            var (mpps, p50, p99) = (carried[bed], Of(0.5), Of(0.99));
            var path = $"waiting.{bed.Plan.Waiting}";
            laboratory.Results.Put($"{path}.mpps", mpps);
            laboratory.Results.Put($"{path}.p50Us", p50);
            laboratory.Results.Put($"{path}.p99Us", p99);
            _table.Add(bed.Plan.Waiting, mpps.Median, mpps.Low, mpps.High, p50.Median, p99.Median, rate);
        }

        return new Section(Name, "Wait strategies",
            "Three forwarders, unprotected: throughput when everything is offered, and latency at a tenth of the best one's, by what loops do when they are idle. poll: look again at once; "
            + "yield: give the core to others for some 20 µs, then sleep; sleep: at once; auto: as the machine's cores suggest.",
            "", _table,
            [
                new BarPlot("Throughput by wait strategy", "", "Mpps", [.. beds.Beds.Select(bed => bed.Plan.Waiting)], [new Bars("Mpps", [.. beds.Beds.Select(bed => carried[bed])])]),
                new LinePlot($"Latency at {rate / 1e6:0.000} Mpps: the share of packets that took no longer", "µs", "share", true,
                    [.. beds.Beds.Select(bed => new Line(bed.Plan.Waiting, [.. Together(latencies[bed]).Distribution()]))]),
            ]);
    }

    private static Latencies Together(IEnumerable<Latencies> turns)
    {
        var all = new Latencies();
        foreach (var turn in turns) all.Add(turn);
        return all;
    }
}
