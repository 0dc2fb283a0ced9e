using System.Numerics;

namespace Holdfast.NfLib.Measuring;

/// <summary>
/// Counts of latencies in nanoseconds, in buckets that are each at most 1/64 of their value wide. All memory is there
/// from the start.
/// </summary>
public sealed class LatencyHistogram
{
    private const int StepBits = 6, Steps = 1 << StepBits, MaxBits = 40;

    private readonly long[] _counts = new long[(MaxBits - StepBits + 1) * Steps];

    public long Count { get; private set; }

    /// <summary>The largest latency seen, exactly.</summary>
    public long Max { get; private set; }

    /// <summary>Counts one latency; below zero counts as zero, above 2^40 ns (18 minutes) as that.</summary>
    public void Add(long nanoseconds)
    {
        var value = (ulong)Math.Clamp(nanoseconds, 0, (1L << MaxBits) - 1);
        _counts[IndexOf(value)]++;
        Count++;
        if ((long)value > Max) Max = (long)value;
    }

    /// <summary>The latency that a share (0 to 1) of all did not exceed; 0 when there are none.</summary>
    public long Percentile(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        for (var i = 0; i < _counts.Length; i++)
        {
            rank -= _counts[i];
            if (rank <= 0 && Count > 0) return Math.Min(UpperEnd(i), Max);
        }

        return 0;
    }

    /// <summary>The buckets that have anything, from the lowest: the largest latency that each can hold in nanoseconds, and how many it has.</summary>
    public IEnumerable<(long UpTo, long Count)> Buckets
    {
        get
        {
            for (var i = 0; i < _counts.Length; i++)
            {
                if (_counts[i] > 0) yield return (UpperEnd(i), _counts[i]);
            }
        }
    }

    // Below 64 every value has its own bucket; above, the highest seven bits choose it.
    private static int IndexOf(ulong value)
    {
        if (value < Steps) return (int)value;
        var shift = BitOperations.Log2(value) - StepBits;
        return shift * Steps + (int)(value >> shift);
    }

    private static long UpperEnd(int index)
    {
        if (index < 2 * Steps) return index;
        var shift = index / Steps - 1;
        return ((long)(index - shift * Steps + 1) << shift) - 1;
    }
}
