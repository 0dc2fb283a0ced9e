namespace Holdfast.Evaluation.Measuring;

/// <summary>The highest rate that is carried with hardly anything missed.</summary>
internal static class MaximumSearch
{
    /// <summary>Of the packets that were due.</summary>
    public const double MostMissed = 0.001;

    private const int Tries = 6, MostTries = 12;

    /// <param name="carried">Packets a second that come through under overload: more than passes without loss, so it bounds the search.</param>
    /// <param name="missedAt">Measures which share is missed at a rate.</param>
    /// <returns>Packets a second; on a machine that is busy with other things a small share of what is carried, but never 0.</returns>
    public static long Find(double carried, Func<long, double> missedAt)
    {
        var (low, high) = (0.0, carried);
        for (var i = 0; i < Tries || low == 0 && i < MostTries; i++)
        {
            var rate = i == 0 ? high : (low + high) / 2;
            if (missedAt((long)rate) <= MostMissed) low = rate;
            else high = rate;
            if (i == 0 && low > 0) break;
        }

        return Math.Max(1, (long)(low > 0 ? low : high));
    }
}
