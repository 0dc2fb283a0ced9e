using System.Globalization;
using System.Text;

namespace Holdfast.Evaluation.Reporting;

/// <summary>A plot in gnuplot's words.</summary>
internal static class GnuplotScript
{
    private static readonly string[] Colours = ["#7f7f7f", "#1f77b4", "#2ca02c", "#d62728", "#9467bd", "#ff7f0e", "#8c564b", "#17becf"];

    /// <param name="plot">What to draw.</param>
    /// <param name="name">Of the picture; unique in the report, as it begins the names of the picture's parts.</param>
    public static string Of(Plot plot, string name)
    {
        var script = new StringBuilder();
        void Say(FormattableString line) => script.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        Say($"set terminal svg size 900,420 dynamic noenhanced font 'sans-serif,13' name {Quote(name)} background '#ffffff'");
        Say($"set title {Quote(plot.Title)}");
        Say($"set xlabel {Quote(plot.XLabel)}");
        Say($"set ylabel {Quote(plot.YLabel)}");
        Say($"set key outside right top");
        Say($"set grid ytics linecolor rgb '#dddddd'");
        Say($"set border 3");
        Say($"set tics nomirror");
        if (plot is BarPlot bars) Draw(bars, Say);
        else Draw((LinePlot)plot, Say);
        return script.ToString();
    }

    /// <summary>A text that gnuplot takes as it is, whatever is in it.</summary>
    public static string Quote(string text) => $"'{OneLine(text).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>A text in a column of data, where there is no way to write the sign that ends it.</summary>
    public static string Cell(string text) => $"\"{OneLine(text).Replace('"', '\'').Replace('\\', '/')}\"";

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private static void Draw(BarPlot plot, Action<FormattableString> say)
    {
        say($"set style data histogram");
        say($"set style histogram errorbars gap 1 linewidth 1");
        say($"set style fill solid 0.8 border -1");
        say($"set yrange [0:*]");
        say($"set xtics rotate by -20");
        say($"$data << END");
        for (var group = 0; group < plot.Groups.Count; group++)
        {
            var at = group;
            say($"{Cell(plot.Groups[group])} {string.Join(' ', plot.Bars.Select(bar => Cells(bar.Values[at])))}");
        }

        say($"END");
        say($"plot {string.Join(", ", plot.Bars.Select((bar, i) => $"$data using {2 + i * 3}:{3 + i * 3}:{4 + i * 3}:xtic(1) title {Quote(bar.Name)} linecolor rgb '{Colour(i)}'"))}");
    }

    private static void Draw(LinePlot plot, Action<FormattableString> say)
    {
        if (plot.LogX) say($"set logscale x");
        say($"set yrange [0:*]");
        for (var i = 0; i < plot.Lines.Count; i++)
        {
            say($"$line{i} << END");
            foreach (var (x, y) in plot.Lines[i].Points) say($"{x:R} {y:R}");
            say($"END");
        }

        say($"plot {string.Join(", ", plot.Lines.Select((line, i) => $"$line{i} using 1:2 with {(line.Points.Count > 30 ? "lines" : "linespoints")} linewidth 2 linecolor rgb '{Colour(i)}' title {Quote(line.Name)}"))}");
    }

    private static string Cells(Measuring.Spread? spread) => spread is null ? "NaN NaN NaN"
        : string.Create(CultureInfo.InvariantCulture, $"{spread.Median:R} {spread.Low:R} {spread.High:R}");

    private static string Colour(int index) => Colours[index % Colours.Length];
}
