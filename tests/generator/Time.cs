using System.Diagnostics;

namespace Holdfast.Generator;

/// <summary>The two clocks of this program, both in nanoseconds.</summary>
internal static class Time
{
    public const long Microsecond = 1_000, Millisecond = 1_000_000, Second = 1_000_000_000;

    private static readonly long PerTick = Second / Stopwatch.Frequency;

    /// <summary>Never runs backwards; for pacing and latencies.</summary>
    public static long Now => Stopwatch.GetTimestamp() * PerTick;

    /// <summary>Since the Unix epoch; for what is compared with other processes' times.</summary>
    public static long Wall => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
