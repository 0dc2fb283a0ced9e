using System.Diagnostics;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Peers;

/// <summary>
/// What the machine itself takes: a thread for each core does nothing but look at the clock, and where it does not get to that
/// the core belonged to somebody else. A packet that needs nothing but a running core would have waited so long.
/// </summary>
internal static class Hiccups
{
    private const int Longest = 1_000_000; // µs

    /// <param name="seconds">For how long.</param>
    /// <returns>The waits of packets that are due every microsecond, of all cores together.</returns>
    public static Latencies Measure(double seconds)
    {
        var all = new Latencies();
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new long[Longest]).Select(waits =>
        {
            var thread = new Thread(() => Watch(waits, seconds));
            thread.Start();
            return (thread, waits);
        }).ToList();
        foreach (var (thread, waits) in threads)
        {
            thread.Join();
            for (var i = 0; i < Longest; i++) if (waits[i] > 0) all.Add((i + 1) * 1_000L, waits[i]);
        }

        return all;
    }

    private static void Watch(long[] waits, double seconds)
    {
        var began = Stopwatch.GetTimestamp();
        var last = 0L;
        for (double now = 0; now < seconds * 1e6; )
        {
            now = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
            // Who was due just after the last look waited for all of the time since, who was due just before this one for nothing.
            for (var gap = Math.Min((long)now - last, Longest); gap > 0; gap--) waits[gap - 1]++;
            last = (long)now;
        }
    }
}
