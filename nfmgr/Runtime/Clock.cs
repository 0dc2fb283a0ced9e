using System.Diagnostics;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The machine's clocks, in nanoseconds.</summary>
internal static class Clock
{
    private static readonly long Start = Stopwatch.GetTimestamp();
    private static readonly long WallStart = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    /// <summary>Monotonic, from the start of the process.</summary>
    public static long Now => (long)((Stopwatch.GetTimestamp() - Start) * (1e9 / Stopwatch.Frequency));

    /// <summary>CLOCK_MONOTONIC, which all processes of a machine share.</summary>
    public static long Monotonic(long now) => (long)(Start * (1e9 / Stopwatch.Frequency)) + now;

    /// <summary>Since the Unix epoch; read once at the start, then monotonic.</summary>
    public static long Wall(long now) => WallStart + now;
}
