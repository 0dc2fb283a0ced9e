using Holdfast.Native;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Ports.Dpdk;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>Starts DPDK with what a configuration says; once in a process, for all lives of its node.</summary>
internal static class DpdkStart
{
    private static readonly Lock Beginning = new();
    private static bool _hasBegun;

    /// <exception cref="DpdkException">It can't be had.</exception>
    public static void Once(DaemonConfiguration configuration)
    {
        lock (Beginning)
        {
            if (_hasBegun) return;
            var chain = configuration.Chain;
            var devices = new[] { chain.Left, chain.Right }.OfType<DpdkPortSection>().Select(port => port.Device);
            var needed = DpdkNeeds.Bytes(chain.PacketBuffers);
            var hasHugePages = configuration.HugePages == HugePageUse.Auto && HugePages.Read().Free * HugePages.Bytes >= needed;
            var physical = devices.Any(device => device.IsPci && PciDevice.Find(device.Name) is { NeedsPhysicalAddresses: true });
            DpdkEnvironment.Start(EalArguments.Of(configuration.DpdkArguments, AllowedCores(), physical, hasHugePages, needed));
            _hasBegun = true;
        }
    }

    /// <summary>As the kernel lists them: "0-3,8".</summary>
    private static string AllowedCores()
    {
        const string Key = "Cpus_allowed_list:";
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? "0" : line[Key.Length..].Trim();
    }
}
