namespace Holdfast.Evaluation.Reporting;

/// <summary>What the report shows as a picture.</summary>
/// <param name="Title">Above it.</param>
/// <param name="XLabel">With the unit.</param>
/// <param name="YLabel">With the unit.</param>
internal abstract record Plot(string Title, string XLabel, string YLabel);

/// <summary>Groups of bars, from the lowest to the highest value of each a whisker.</summary>
/// <param name="Groups">Names below the axis.</param>
/// <param name="Bars">One of each in every group.</param>
internal sealed record BarPlot(string Title, string XLabel, string YLabel, IReadOnlyList<string> Groups, IReadOnlyList<Bars> Bars)
    : Plot(Title, XLabel, YLabel);

/// <param name="Name">In the key.</param>
/// <param name="Values">One for each group; null where nothing was measured.</param>
internal sealed record Bars(string Name, IReadOnlyList<Measuring.Spread?> Values);

/// <summary>Lines through points.</summary>
/// <param name="LogX">The x axis is logarithmic.</param>
/// <param name="Lines">What is drawn.</param>
internal sealed record LinePlot(string Title, string XLabel, string YLabel, bool LogX, IReadOnlyList<Line> Lines) : Plot(Title, XLabel, YLabel);

/// <param name="Name">In the key.</param>
/// <param name="Points">From left to right.</param>
internal sealed record Line(string Name, IReadOnlyList<(double X, double Y)> Points);
