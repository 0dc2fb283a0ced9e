using Holdfast.Evaluation.Parts;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What the parts cost by themselves.</summary>
internal sealed class PartsExperiment : IExperiment
{
    private readonly Table _table = new("part", "what", "ns", "lowest", "highest", "cycles");

    public string Name => "parts";

    public Section Run(Laboratory laboratory)
    {
        laboratory.Progress("the parts by themselves");
        var timer = laboratory.Options.Quick ? new PartTimer(5, 0.002) : new PartTimer(15, 0.02);
        var gigahertz = Machine.ClockGigahertz;
        var bars = new List<(string Name, Spread Nanoseconds)>();
        foreach (var (name, what, nanoseconds) in MeasuredParts.All(timer))
        {
            laboratory.Results.Put($"parts.{name}.ns", nanoseconds);
            laboratory.Results.Put($"parts.{name}.cycles", nanoseconds.Median * gigahertz);
            _table.Add(name, what, nanoseconds.Median, nanoseconds.Low, nanoseconds.High, nanoseconds.Median * gigahertz);
            bars.Add((name, nanoseconds));
        }

        var (small, large) = (bars.Where(bar => bar.Nanoseconds.Median < 500).ToList(), bars.Where(bar => bar.Nanoseconds.Median >= 500).ToList());
        return new Section(Name, "Cost of the parts",
            "Each part in a loop of its own, in one thread and with warm caches; medians of many repeats, with the call that runs it (1 to 2 ns). The set-up is that of the benchmarks "
            + $"(tests/benchmarks). Cycles are nanoseconds times {gigahertz:0.000} GHz, which /proc/cpuinfo calls \"cpu MHz\"; where the clock varies they are an estimate.",
            "55–80 ticks, and 2,315–2,590 ticks for a copy of 4 KiB.",
            _table,
            [.. new[] { ("Parts below 500 ns", small), ("Parts of 500 ns and more", large) }.Where(half => half.Item2.Count > 0)
                .Select(half => new BarPlot(half.Item1, "", "ns", [.. half.Item2.Select(bar => bar.Name)], [new Bars("ns", [.. half.Item2.Select(bar => bar.Nanoseconds)])]))]);
    }
}
