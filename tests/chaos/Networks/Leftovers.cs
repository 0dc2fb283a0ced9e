using System.Diagnostics;

namespace Holdfast.Chaos.Networks;

/// <summary>Names of a run's namespaces, and those of runs that were killed before they could take them away.</summary>
internal static class Leftovers
{
    private const string Start = "hfx-";

    /// <summary>Begins the names of all namespaces of this run.</summary>
    public static string Prefix { get; } = $"{Start}{Environment.ProcessId}-";

    public static void Remove()
    {
        if (!Directory.Exists("/run/netns")) return;
        foreach (var name in Directory.GetFiles("/run/netns", $"{Start}*").Select(f => Path.GetFileName(f)!))
        {
            if (name.Split('-') is not [_, var pid, ..] || !int.TryParse(pid, out var process) || Directory.Exists($"/proc/{process}")) continue;
            using var ip = Process.Start("ip", ["netns", "delete", name]);
            ip.WaitForExit();
        }
    }
}
