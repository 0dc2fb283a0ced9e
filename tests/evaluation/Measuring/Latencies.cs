using Holdfast.Nfmgr.Control;

namespace Holdfast.Evaluation.Measuring;

/// <summary>Latencies of several measurements and ports together, by the buckets of their histograms.</summary>
internal sealed class Latencies
{
    private readonly SortedDictionary<long, long> _buckets = [];

    public long Count { get; private set; }

    public void Add(LatencyReport report)
    {
        foreach (var bucket in report.Buckets) Add(bucket[0], bucket[1]);
    }

    public void Add(Latencies other)
    {
        foreach (var (upTo, count) in other._buckets) Add(upTo, count);
    }

    /// <summary>The latency in microseconds that a share (0 to 1) of all did not exceed; 0 when there are none. By at most 1/64 too
    /// high, as buckets are no narrower.</summary>
    public double Percentile(double share)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        foreach (var (upTo, count) in _buckets)
        {
            rank -= count;
            if (rank <= 0) return upTo / 1e3;
        }

        return 0;
    }

    /// <summary>The distribution: microseconds, and the share that took no longer.</summary>
    public IEnumerable<(double X, double Y)> Distribution()
    {
        var below = 0L;
        foreach (var (upTo, count) in _buckets) yield return (upTo / 1e3, (below += count) / (double)Count);
    }

    /// <param name="upTo">Nanoseconds.</param>
    /// <param name="count">How many took no longer, and longer than those of the bucket below.</param>
    public void Add(long upTo, long count)
    {
        _buckets[upTo] = _buckets.GetValueOrDefault(upTo) + count;
        Count += count;
    }
}
