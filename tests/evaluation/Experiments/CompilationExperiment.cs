using System.Diagnostics;
using System.Globalization;
using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>Whether NFs had better be compiled ahead of time.</summary>
internal sealed class CompilationExperiment : IExperiment
{
    private const long PacketsPerSecond = 1_000_000;

    private readonly Table _table = new("compiled", "Mpps", "lowest", "highest", "p50 µs", "p99 µs", "p99.9 µs", "process up ms", "twin owns NF µs", "twin again ms", "resident MiB", "program MiB");

    public string Name => "compilation";

    public Section Run(Laboratory laboratory)
    {
        const string title = "Compiled at run time or ahead of it";
        if (!File.Exists(Installation.NativeForwarder))
        {
            laboratory.Note("NFs compiled ahead of time are left out: build one with scripts/build-native-forwarder.sh");
            return new Section(Name, title, "Left out: the forwarder was not compiled ahead of time; scripts/build-native-forwarder.sh does it.", "", _table, []);
        }

        laboratory.Progress("NFs compiled at run time and ahead of it");
        string[] keys = ["runTime", "aheadOfTime"], programs = [Installation.Forwarder, Installation.NativeForwarder];
        var options = laboratory.Options;
        // As they are shipped: with twins.
        using var beds = new BedGroup(laboratory, programs.Select(program => new BedPlan(ChainPlan.Forwarders(3, program: program) with { IsPlaced = true }, Protection.Twins)));
        var carried = Turns.Take(options.Turns, beds.Beds, bed => laboratory.Measure(bed, Bed.Everything).Mpps);
        var latencies = Turns.Take(options.Turns, beds.Beds, bed => laboratory.Measure(bed, PacketsPerSecond).Latencies);
        var starts = Turns.Take(options.Turns * 3, programs, StartMs);
        var bars = new List<Spread>();
        foreach (var (key, bed, program) in keys.Zip(beds.Beds, programs))
        {
            var kills = NfKill.Take(laboratory, bed, PacketsPerSecond / 10, Math.Max(1, options.Kills / 4));
            Spread Of(double share) => Spread.Of([.. latencies[bed].Select(turn => turn.Percentile(share))]);
            var mpps = Spread.Of(carried[bed]);
            var row = new (string Key, Spread Value)[]
            {
                ("mpps", mpps), ("p50Us", Of(0.5)), ("p99Us", Of(0.99)), ("p999Us", Of(0.999)), ("startMs", Spread.Of(starts[program])),
                ("ownerUs", Spread.Of([.. kills.Select(kill => kill.OwnerUs)])), ("twinAgainMs", Spread.Of([.. kills.Select(kill => kill.WarmAgainMs)])),
                ("residentMiB", Spread.Of(bed.Turn(_ => { }, ResidentMiB))), ("programMiB", Spread.Of(ProgramMiB(program))),
            };
            foreach (var (name, value) in row) laboratory.Results.Put($"compilation.{key}.{name}", value);
            _table.Add([key, mpps.Median, mpps.Low, mpps.High, .. row[1..].Select(one => (object)one.Value.Median)]);
            bars.Add(mpps);
        }

        laboratory.Results.Put("compilation.aheadOfTimeOverRunTime", bars[1].Over(bars[0]));
        return new Section(Name, title,
            $"Three forwarders with twins: compiled at run time by .NET 10, or ahead of time by .NET 9 (for this machine's processor, for speed). Latency at {PacketsPerSecond:N0} packets a second. "
            + "A process is up when its Main runs and says that it wants to be started by nfmgr. From the SIGKILL of an NF's process: its twin owns the NF, and a new twin is started and warm. "
            + "The program's size is of all its files without the runtime that programs share, and without symbols.",
            "", _table, [new BarPlot("Throughput by when NFs are compiled", "", "Mpps", keys, [new Bars("Mpps", bars)])]);
    }

    private static double StartMs(string program)
    {
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardError = true })!;
        _ = process.StandardError.ReadLine();
        var elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        process.WaitForExit();
        return elapsed;
    }

    /// <summary>Of the second NF's process.</summary>
    private static double ResidentMiB(Bed bed)
    {
        const string field = "VmRSS:";
        var line = File.ReadLines($"/proc/{bed.Status(bed.Primary).Functions[1].ProcessId}/status").Single(line => line.StartsWith(field, StringComparison.Ordinal));
        return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
    }

    private static double ProgramMiB(string program) => new DirectoryInfo(Path.GetDirectoryName(program)!).EnumerateFiles()
        .Where(file => file.Extension is not (".pdb" or ".dbg")).Sum(file => file.Length) / (double)(1 << 20);
}
