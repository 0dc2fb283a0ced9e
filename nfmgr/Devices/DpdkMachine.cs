using System.Globalization;
using Holdfast.Native;
using Mono.Unix.Native;

namespace Holdfast.Nfmgr.Devices;

/// <summary>What matters to DPDK about this machine and about who asks, at one moment. Nothing is touched for it.</summary>
public sealed record DpdkMachine
{
    /// <summary>Numbers of capabilities(7).</summary>
    public const int NetAdmin = 12, NetRaw = 13, RawIo = 17, SysAdmin = 21;

    public IReadOnlyList<PciDevice> Devices { get; init; } = [];

    /// <summary>DPDK's network drivers that are installed; null when DPDK is not.</summary>
    public IReadOnlyList<DpdkDriver>? Drivers { get; init; }

    /// <summary>Where DPDK loads its drivers from; empty when it is not installed.</summary>
    public string DriverDirectory { get; init; } = "";

    /// <summary>Such as "DPDK 22.11.11"; empty when it is not installed.</summary>
    public string Version { get; init; } = "";

    /// <summary>What is missing for DPDK, and what to do about it; null when nothing is.</summary>
    public string? Missing { get; init; }

    public HugePages HugePages { get; init; }

    /// <summary>An IOMMU is on.</summary>
    public bool HasIommu { get; init; }

    /// <summary>The kernel's module vfio-pci is loaded.</summary>
    public bool HasVfio { get; init; }

    /// <summary>The module vfio gives devices away although no IOMMU guards the machine's memory from them.</summary>
    public bool AllowsVfioWithoutIommu { get; init; }

    /// <summary>What this process may, as a mask.</summary>
    public ulong Capabilities { get; init; }

    /// <summary>Files of devices are below it.</summary>
    public string DeviceFiles { get; init; } = "/dev";

    /// <summary>Whether this process may read and write a file.</summary>
    public Func<string, bool> MayOpen { get; init; } = file => Syscall.access(file, AccessModes.R_OK | AccessModes.W_OK) == 0;

    /// <summary>This machine, now.</summary>
    /// <param name="arguments">Those that DPDK will be started with.</param>
    public static DpdkMachine Read(IReadOnlyList<string> arguments)
    {
        var machine = Read("/sys");
        try
        {
            var directory = DpdkEnvironment.DriverDirectory;
            IReadOnlyList<DpdkDriver> drivers = [.. DriverLibrary.In(directory).Concat(DriverLibrary.NamedBy(arguments)).DistinctBy(driver => driver.Name)];
            return machine with { DriverDirectory = directory, Version = DpdkEnvironment.DpdkVersion, Drivers = drivers };
        }
        catch (DpdkException error)
        {
            return machine with { Missing = error.Message };
        }
    }

    /// <summary>What the kernel says, without DPDK.</summary>
    /// <param name="sysfs">Where the kernel's description is mounted.</param>
    internal static DpdkMachine Read(string sysfs)
    {
        var groups = Path.Combine(sysfs, "kernel/iommu_groups");
        return new DpdkMachine
        {
            Devices = PciDevice.All(sysfs),
            HugePages = HugePages.Read(sysfs),
            HasIommu = Sysfs.Names(groups).Any(group => Sysfs.Line(Path.Combine(groups, group, "name")) != "vfio-noiommu"),
            HasVfio = Directory.Exists(Path.Combine(sysfs, "bus/pci/drivers/vfio-pci")),
            AllowsVfioWithoutIommu = Sysfs.Line(Path.Combine(sysfs, "module/vfio/parameters/enable_unsafe_noiommu_mode")) is "Y" or "1",
            Capabilities = CapabilitiesIn("/proc/self/status"),
        };
    }

    /// <summary>Whether this process has a capability.</summary>
    public bool Has(int capability) => (Capabilities >> capability & 1) != 0;

    internal static ulong CapabilitiesIn(string status)
    {
        try
        {
            var line = File.ReadLines(status).FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal)) ?? "";
            return ulong.TryParse(line["CapEff:".Length..].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var mask) ? mask : 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return 0;
        }
    }
}
