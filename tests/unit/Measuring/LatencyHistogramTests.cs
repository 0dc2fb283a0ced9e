using Holdfast.NfLib.Measuring;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Measuring;

public sealed class LatencyHistogramTests
{
    /// <summary>Against the sorted values: never lower, and by at most a 64th higher.</summary>
    [TestCase(1, 300L)]
    [TestCase(2, 50_000L)]
    [TestCase(3, 5_000_000_000L)]
    public void Percentiles_are_those_of_the_sorted_values(int seed, long most)
    {
        var random = new Random(seed);
        // As latencies are: many small, few large.
        var values = Enumerable.Range(0, 20_000).Select(_ => (long)Math.Pow(most, random.NextDouble())).Order().ToArray();
        var histogram = new LatencyHistogram();
        foreach (var value in values) histogram.Add(value);
        foreach (var share in new[] { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 })
        {
            var exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            Assert.That(histogram.Percentile(share), Is.InRange(exact, exact + exact / 64), $"{share}");
        }
    }

    [Test]
    public void Small_latencies_are_exact()
    {
        var histogram = new LatencyHistogram();
        for (var i = 0; i < 128; i++) histogram.Add(i);
        Assert.That(histogram.Buckets, Is.EqualTo(Enumerable.Range(0, 128).Select(i => ((long)i, 1L))));
    }

    [Test]
    public void Buckets_have_all_and_bound_what_is_in_them()
    {
        var histogram = new LatencyHistogram();
        long[] values = [0, 63, 64, 127, 128, 129, 1_000_000, (1L << 40) - 1];
        foreach (var value in values) histogram.Add(value);
        var left = values.ToList();
        foreach (var (upTo, count) in histogram.Buckets)
        {
            var within = left.Where(value => value <= upTo).ToList();
            Assert.That(within, Has.Count.EqualTo(count), $"up to {upTo}");
            Assert.That(upTo - within.Max(), Is.LessThanOrEqualTo(upTo / 64));
            left.RemoveAll(within.Contains);
        }

        Assert.That(left, Is.Empty);
    }

    [Test]
    public void Percentiles_are_within_two_percent()
    {
        var histogram = new LatencyHistogram();
        for (var i = 1; i <= 100_000; i++) histogram.Add(i * 10L);
        Assert.That(histogram.Percentile(0.5), Is.EqualTo(500_000).Within(2).Percent);
        Assert.That(histogram.Percentile(0.99), Is.EqualTo(990_000).Within(2).Percent);
        Assert.That(histogram.Percentile(1), Is.EqualTo(1_000_000));
        Assert.That(histogram.Max, Is.EqualTo(1_000_000));
    }

    [Test]
    public void Latencies_beyond_the_buckets_count_at_the_ends()
    {
        var histogram = new LatencyHistogram();
        Assert.That(histogram.Percentile(0.5), Is.Zero);
        histogram.Add(-5);
        histogram.Add(long.MaxValue);
        Assert.That(histogram.Percentile(0.5), Is.Zero);
        Assert.That(histogram.Percentile(1), Is.EqualTo((1L << 40) - 1));
    }

    [Test]
    public void A_latency_is_counted_without_allocation()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) histogram.Add(i);
        Assert.That(GC.GetAllocatedBytesForCurrentThread(), Is.EqualTo(before));
    }
}
