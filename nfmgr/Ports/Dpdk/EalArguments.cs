using System.Globalization;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>What DPDK's environment is started with.</summary>
internal static class EalArguments
{
    /// <summary>Whoever says one of these knows where DPDK's own memory shall be.</summary>
    private static readonly string[] AboutMemory =
        ["-m", "--socket-mem", "--numa-mem", "--no-huge", "--in-memory", "--huge-dir", "--huge-unlink", "--legacy-mem", "--single-file-segments"];

    /// <param name="own">The operator's; what they say is not said otherwise here.</param>
    /// <param name="cores">That this process may run on, as the kernel lists them: "0-3,8".</param>
    /// <param name="physical">A device wants physical addresses.</param>
    /// <param name="onHugePages">There are huge pages for DPDK's own memory.</param>
    /// <param name="bytes">How much of it is needed.</param>
    public static string[] Of(IReadOnlyList<string> own, string cores, bool physical, bool onHugePages, long bytes)
    {
        var arguments = new List<string>();
        // One thread of DPDK's, that may run wherever this process may: DPDK would bind it, and what it starts, to core 0.
        if (!Says("-l", "-c", "--lcores")) arguments.AddRange(["--lcores", $"0@({cores})"]);
        // Devices are taken when a port names them, and not because they are there. Nobody has this address.
        if (!Says("-a", "--allow", "-b", "--block")) arguments.AddRange(["-a", "ffff:ff:1f.7"]);
        if (!Says("--iova-mode")) arguments.Add(physical ? "--iova-mode=pa" : "--iova-mode=va");
        // No files, so that several nfmgr get along on a machine and nothing is left of one that was killed.
        if (!Says(AboutMemory))
        {
            arguments.AddRange(onHugePages ? ["--in-memory"]
                : ["--no-huge", "--no-shconf", "-m", (bytes >> 20).ToString(CultureInfo.InvariantCulture)]);
        }

        if (!Says("--telemetry", "--no-telemetry")) arguments.Add("--no-telemetry");
        // That it finds no pages of a gigabyte is no news; its drivers still say what they want to.
        if (!Says("--log-level")) arguments.Add("--log-level=lib.eal:error");
        arguments.AddRange(own);
        return [.. arguments];

        bool Says(params ReadOnlySpan<string> options)
        {
            foreach (var option in options)
            {
                foreach (var one in own)
                {
                    // "-m 64", "-m64" and "--iova-mode=pa" are all possible.
                    if (one == option || one.StartsWith($"{option}=", StringComparison.Ordinal)
                        || (option.Length == 2 && one.StartsWith(option, StringComparison.Ordinal))) return true;
                }
            }

            return false;
        }
    }
}
