using System.Diagnostics;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Parts;

/// <summary>Times something short by doing it many times.</summary>
/// <param name="repeats">Of which the median counts.</param>
/// <param name="repeatSeconds">Least length of one.</param>
internal sealed class PartTimer(int repeats, double repeatSeconds)
{
    /// <returns>Nanoseconds of one call, with the call itself, some 1 or 2.</returns>
    public Spread Time(Action part)
    {
        var calls = 1L;
        while (Seconds(part, calls) < repeatSeconds) calls *= 2;
        // Now it is compiled for good, and the caches have what it uses.
        return Spread.Of([.. Enumerable.Range(0, repeats).Select(_ => Seconds(part, calls) * 1e9 / calls)]);
    }

    private static double Seconds(Action part, long calls)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0L; i < calls; i++) part();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
