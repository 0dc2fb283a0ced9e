using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>Single values as a line: each, and the share of all that were no higher.</summary>
internal static class Distribution
{
    public static Line Of(string name, IReadOnlyList<double> values) =>
        new(name, [.. values.Order().Select((value, i) => (value, (i + 1) / (double)values.Count))]);
}
