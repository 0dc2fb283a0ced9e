namespace Holdfast.Evaluation.Measuring;

/// <summary>Percentiles of single values.</summary>
internal static class Quantiles
{
    /// <summary>The smallest value that a share (0 to 1) of all does not exceed.</summary>
    public static double Of(IReadOnlyList<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
