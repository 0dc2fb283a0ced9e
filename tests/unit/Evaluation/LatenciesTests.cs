using Holdfast.Evaluation.Measuring;
using Holdfast.NfLib.Measuring;
using Holdfast.Nfmgr.Control;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class LatenciesTests
{
    [Test]
    public void Percentiles_of_merged_histograms_are_those_of_all_values()
    {
        var random = new Random(7);
        var (merged, all) = (new Latencies(), new List<long>());
        foreach (var most in new[] { 1_000.0, 100_000, 50_000_000 })
        {
            var histogram = new LatencyHistogram();
            for (var i = 0; i < 5_000; i++)
            {
                var value = (long)Math.Pow(most, random.NextDouble());
                histogram.Add(value);
                all.Add(value);
            }

            merged.Add(Report(histogram));
        }

        all.Sort();
        foreach (var share in new[] { 0.001, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = all[(int)Math.Ceiling(share * all.Count) - 1] / 1e3;
            Assert.That(merged.Percentile(share), Is.InRange(exact, exact * (1 + 1 / 64.0)), $"{share}");
        }
    }

    [Test]
    public void The_distribution_rises_to_all()
    {
        var latencies = new Latencies();
        latencies.Add(1_000, 3);
        latencies.Add(2_000, 1);
        latencies.Add(1_000, 4);
        Assert.That(latencies.Distribution(), Is.EqualTo(new[] { (1.0, 0.875), (2.0, 1.0) }));
    }

    [Test]
    public void Of_nothing_there_is_no_percentile() => Assert.That(new Latencies().Percentile(0.5), Is.Zero);

    private static LatencyReport Report(LatencyHistogram histogram) => new(histogram.Count, 0, 0, 0, 0, histogram.Max,
        [.. histogram.Buckets.Select(bucket => (long[])[bucket.UpTo, bucket.Count])]);
}
