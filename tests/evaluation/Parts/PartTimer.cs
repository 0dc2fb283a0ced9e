using System.Diagnostics;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Parts;

/// <summary>Times something short by doing it many times.</summary>
/// <param name="repeats">Of which the median counts.</param>
/// <param name="repeatSeconds">Least length of one.</param>
internal sealed class PartTimer(int repeats, double repeatSeconds)
{
    /// <summary>Until the runtime has counted the calls, waited, and compiled the code for good in the background.</summary>
    private static readonly TimeSpan Compiling = TimeSpan.FromSeconds(0.4);

    /// <returns>Nanoseconds of one call, with the call itself, some 1 or 2.</returns>
    public Spread Time(Action part)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Compiling;) Seconds(part, 100);
        var calls = 1L;
        while (Seconds(part, calls) < repeatSeconds) calls *= 2;
        return Spread.Of([.. Enumerable.Range(0, repeats).Select(_ => Seconds(part, calls) * 1e9 / calls)]);
    }

    private static double Seconds(Action part, long calls)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0L; i < calls; i++) part();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
