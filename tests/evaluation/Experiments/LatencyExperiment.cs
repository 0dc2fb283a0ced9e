using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>How long packets take, by load and by what protects them.</summary>
internal sealed class LatencyExperiment : IExperiment
{
    private static readonly Protection[] Compared = [Protection.Unprotected, Protection.Twins, Protection.StandbyNode];

    private readonly Table _table = new("protection", "load", "packets a second", "p50 µs", "p99 µs", "p99.9 µs", "p50 lowest", "p50 highest", "missed");

    public string Name => "latency";

    public Section Run(Laboratory laboratory)
    {
        using var beds = new BedGroup(laboratory, Compared.Select(protection => new BedPlan(ChainPlan.Chain3, protection)));
        var most = beds.Beds.ToDictionary(bed => bed.Plan.Protection, bed => Maximum(laboratory, bed));
        foreach (var percent in new[] { 10, 50, 90 })
        {
            laboratory.Progress($"latency at {percent} % of each maximum");
            var measured = Turns.Take(laboratory.Options.Turns, beds.Beds, bed => laboratory.Measure(bed, RateOf(bed, percent)));
            foreach (var (bed, turns) in measured) Put(laboratory, $"latency.{bed.Plan.Protection.Key()}.at{percent}", bed, $"{percent} % of its maximum", RateOf(bed, percent), turns);
        }

        return new Section(Name, "Latency",
            "Three forwarders. A packet's latency is counted from when it was due at the rate that is offered, until it left, so that waiting for a chain that is late counts; "
            + "over 4,096 that wait are missed, as by a NIC. A chain's maximum is the highest rate with at most 0.1 % missed, by a short search. Percentiles are medians of "
            + "the turns. Added latency is the difference of the medians at one rate for all, half the maximum of the chain with a standby node; and that is given as a multiple of "
            + "the bare TCP round trip: 64 bytes there and back between two processes on the loopback interface, measured in the same turns. "
            + "The machine itself: what packets would wait that need nothing but a running core, by threads that do nothing but look at the clock.",
            "", _table, [AtOneRate(laboratory, beds, most[Protection.StandbyNode] / 2)]);

        long RateOf(Bed bed, int percent) => Math.Max(2, most[bed.Plan.Protection] * percent / 100);
    }

    private static long Maximum(Laboratory laboratory, Bed bed)
    {
        laboratory.Progress($"latency: the maximum of {bed.Name}");
        var seconds = laboratory.Options.Seconds / 2;
        var most = laboratory.Measure(bed, Bed.Everything, b =>
            MaximumSearch.Find(b.Load(Bed.Everything, seconds) is var all ? all.Sent / all.Seconds : 0, rate => b.Load(rate, seconds).MissedShare));
        laboratory.Results.Put($"latency.{bed.Plan.Protection.Key()}.maximumMpps", most / 1e6);
        return most;
    }

    private LinePlot AtOneRate(Laboratory laboratory, BedGroup beds, long rate)
    {
        laboratory.Progress("latency at one rate for all, and the bare round trip");
        var (options, results) = (laboratory.Options, laboratory.Results);
        using var bare = new BareRoundTrip();
        var contestants = beds.Beds.Select(bed => (Key: bed.Plan.Protection.Key(), Measure: (Func<Measured>)(() => laboratory.Measure(bed, rate)))).ToList();
        contestants.Add(("bare", () => new Measured(options.Seconds, 0, 0, 0, bare.Measure(options.WarmUpSeconds, options.Seconds))));
        contestants.Add(("machine", () => new Measured(options.Seconds, 0, 0, 0, Hiccups.Measure(options.Seconds))));
        var measured = Turns.Take(options.Turns, contestants, one => one.Measure()).ToDictionary(one => one.Key.Key, one => one.Value);
        Spread Of(string key, double share) => Spread.Of([.. measured[key].Select(turn => turn.Latencies.Percentile(share))]);

        var trip = Of("bare", 0.5);
        results.Put("latency.rateMpps", rate / 1e6);
        results.Put("latency.bareRoundTripUs", trip);
        results.Put("latency.bareRoundTripP99Us", Of("bare", 0.99));
        _table.Add("bare TCP round trip", "none", "", trip.Median, Of("bare", 0.99).Median, Of("bare", 0.999).Median, trip.Low, trip.High, "");
        var (machine99, machine999) = (Of("machine", 0.99), Of("machine", 0.999));
        results.Put("latency.machine.p99Us", machine99);
        results.Put("latency.machine.p999Us", machine999);
        _table.Add("the machine itself", "none", "", Of("machine", 0.5).Median, machine99.Median, machine999.Median, Of("machine", 0.5).Low, Of("machine", 0.5).High, "");
        foreach (var bed in beds.Beds)
        {
            var key = bed.Plan.Protection.Key();
            Put(laboratory, $"latency.{key}", bed, "one rate for all", rate, measured[key]);
            if (bed.Plan.Protection == Protection.Unprotected) continue;
            var added = Spread.Of([.. Of(key, 0.5).All.Zip(Of("unprotected", 0.5).All, (with, without) => with - without)]);
            results.Put($"latency.{key}.addedUs", added);
            results.Put($"latency.{key}.addedOverBareRoundTrip", added.Over(trip));
            _table.Add($"added by {key}", "one rate for all", rate, added.Median, "", "", added.Low, added.High, $"{added.Over(trip).Median:0.00} bare round trips");
        }

        return new LinePlot($"Latency at {rate / 1e6:0.000} Mpps: the share of packets that took no longer", "µs", "share", true,
            [.. measured.Select(one => new Line(one.Key switch { "bare" => "bare TCP round trip", "machine" => "the machine itself", _ => one.Key }, [.. Together(one.Value).Distribution()]))]);
    }

    private void Put(Laboratory laboratory, string path, Bed bed, string load, long rate, List<Measured> turns)
    {
        Spread Of(double share) => Spread.Of([.. turns.Select(turn => turn.Latencies.Percentile(share))]);
        var (p50, p99, p999) = (Of(0.5), Of(0.99), Of(0.999));
        laboratory.Results.Put($"{path}.p50Us", p50);
        laboratory.Results.Put($"{path}.p99Us", p99);
        laboratory.Results.Put($"{path}.p999Us", p999);
        _table.Add(bed.Plan.Protection.Key(), load, rate, p50.Median, p99.Median, p999.Median, p50.Low, p50.High, Spread.Of([.. turns.Select(turn => turn.MissedShare)]).Median);
    }

    private static Latencies Together(IEnumerable<Measured> turns)
    {
        var all = new Latencies();
        foreach (var turn in turns) all.Add(turn.Latencies);
        return all;
    }
}
