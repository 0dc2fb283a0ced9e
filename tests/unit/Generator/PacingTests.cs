using Holdfast.Generator;
using Holdfast.Generator.Load;
using Holdfast.Generator.Traffic;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

public sealed class PacingTests
{
    [TestCase(1_000, 1)]
    [TestCase(100_000, 10)]
    [TestCase(5_000_000, 64)]
    public void A_rate_is_kept_in_small_bursts(double rate, int burst)
    {
        var pacer = new Pacer(rate, 0);
        var (sent, now) = (0L, 0L);
        while (now < Time.Second)
        {
            now = Math.Max(now + 1, pacer.Due);
            var allowed = pacer.Allowed(now);
            Assert.That(allowed, Is.LessThanOrEqualTo(burst));
            pacer.Spend(allowed);
            sent += allowed;
        }

        Assert.That(sent, Is.EqualTo(rate).Within(0.01 * rate + 1));
    }

    [Test]
    public void A_long_sleep_is_not_made_up_for()
    {
        var pacer = new Pacer(1_000_000, 0);
        var sent = 0;
        while (pacer.Allowed(Time.Second) is > 0 and var allowed)
        {
            pacer.Spend(allowed);
            sent += allowed;
        }

        Assert.That(sent, Is.EqualTo(6_000).Within(64));
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
