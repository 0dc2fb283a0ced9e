using System.Globalization;
using System.Runtime.InteropServices;
using Holdfast.Evaluation.Peers;

namespace Holdfast.Evaluation.Reporting;

/// <summary>Where, when and of what the figures are.</summary>
/// <param name="Gigahertz">By /proc/cpuinfo; the TSC's, where that does not change with the load.</param>
/// <param name="Commit">With "-dirty" where files have been changed since.</param>
internal sealed record Machine(string Processor, int Cores, string Caches, string Kernel, double MemoryGib, string DotNet, double Gigahertz, string Commit,
    DateTime Date, string Command)
{
    public static Machine Describe() => new(Cpu("model name"), Environment.ProcessorCount, CachesOf("/sys/devices/system/cpu/cpu0/cache"),
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
        RuntimeInformation.FrameworkDescription, ClockGigahertz, CommitOf(Installation.SourceRoot), DateTime.UtcNow,
        $"scripts/evaluate.sh {string.Join(' ', Environment.GetCommandLineArgs()[1..])}".TrimEnd());

    /// <summary>What a nanosecond is multiplied by to give cycles.</summary>
    public static double ClockGigahertz => double.TryParse(Cpu("cpu MHz"), CultureInfo.InvariantCulture, out var megahertz) ? megahertz / 1000 : 0;

    /// <summary>As rows of name and value.</summary>
    public IReadOnlyList<(string Name, string Value)> Lines =>
    [
        ("processor", $"{Processor}, {Gigahertz.ToString("0.000", CultureInfo.InvariantCulture)} GHz"),
        ("cores", $"{Cores}"),
        ("caches", Caches),
        ("memory", $"{MemoryGib.ToString(CultureInfo.InvariantCulture)} GiB"),
        ("kernel", Kernel),
        (".NET", DotNet),
        ("commit", Commit),
        ("date", $"{Date:yyyy-MM-dd HH:mm} UTC"),
        ("command", Command),
    ];

    private static string Cpu(string key) => File.ReadLines("/proc/cpuinfo").Select(line => line.Split(':', 2))
        .FirstOrDefault(parts => parts.Length == 2 && parts[0].Trim() == key)?[1].Trim() ?? "unknown";

    private static string CachesOf(string directory)
    {
        if (!Directory.Exists(directory)) return "unknown";
        return string.Join(", ", Directory.GetDirectories(directory, "index*").Order(StringComparer.Ordinal).Select(Cache));
    }

    private static string Cache(string directory)
    {
        string Of(string name) => File.Exists(Path.Combine(directory, name)) ? File.ReadAllText(Path.Combine(directory, name)).Trim() : "?";
        var kind = Of("type") == "Unified" ? "" : $" {Of("type").ToLowerInvariant()}";
        return $"L{Of("level")}{kind} {Of("size")}";
    }

    private static string CommitOf(string directory)
    {
        try
        {
            var commit = Tool.Run("git", "-c", "safe.directory=*", "-C", directory, "rev-parse", "HEAD").Trim();
            return Tool.Run("git", "-c", "safe.directory=*", "-C", directory, "status", "--porcelain").Length > 0 ? $"{commit}-dirty" : commit;
        }
        catch (IOException)
        {
            return "unknown: not a git checkout";
        }
    }
}
