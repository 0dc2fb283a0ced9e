namespace Holdfast.Evaluation.Measuring;

/// <summary>The same thing measured several times.</summary>
internal sealed record Spread
{
    private Spread(IReadOnlyList<double> all)
    {
        var sorted = all.Order().ToArray();
        (All, Low, High) = (all, sorted[0], sorted[^1]);
        Median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>In the order of their turns.</summary>
    public IReadOnlyList<double> All { get; }

    public double Median { get; }

    public double Low { get; }

    public double High { get; }

    /// <exception cref="ArgumentException">There are none.</exception>
    public static Spread Of(params IReadOnlyList<double> values) =>
        values.Count > 0 ? new Spread(values) : throw new ArgumentException("a spread of no values; measure at least once", nameof(values));

    /// <summary>This divided by another, turn by turn: what changes slowly on a machine was the same for both.</summary>
    /// <exception cref="ArgumentException">They were not measured in turns.</exception>
    public Spread Over(Spread other) => All.Count == other.All.Count
        ? Of([.. All.Zip(other.All, (a, b) => b == 0 ? 0 : a / b)])
        : throw new ArgumentException($"{All.Count} turns against {other.All.Count}; measure both in turns", nameof(other));
}
