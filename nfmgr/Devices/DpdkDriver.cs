namespace Holdfast.Nfmgr.Devices;

/// <summary>A driver of DPDK, as the library that it is in describes it.</summary>
/// <param name="Name">Such as "net_ixgbe".</param>
/// <param name="Library">The library without its ending, "librte_net_ixgbe".</param>
/// <param name="Parameters">What may stand behind the device's name, in DPDK's own words; empty for nothing.</param>
/// <param name="KernelModules">Drivers of the kernel that it works with, in DPDK's own words; empty for none.</param>
/// <param name="PciIds">Devices that it drives.</param>
public sealed record DpdkDriver(string Name, string Library, string Parameters, string KernelModules, IReadOnlyList<PciId> PciIds)
{
    /// <summary>Drivers of DPDK 22.11 that make devices without hardware, and that a port may have.</summary>
    public static IReadOnlyList<string> KnownVirtual { get; } =
    [
        "net_af_packet", "net_bonding", "net_failsafe", "net_memif", "net_null", "net_pcap", "net_ring", "net_softnic", "net_tap", "net_tun",
        "net_vdev_netvsc", "net_vhost", "net_virtio_user",
    ];

    /// <summary>Drivers of hardware that is on no PCI bus, and the one that can't receive into the packet pool.</summary>
    private static readonly string[] Others =
        ["net_dpaa", "net_dpaa2", "net_enetfec", "net_ipn3ke_afu", "net_netvsc", "net_octeontx", "net_pfe", "net_af_xdp"];

    /// <summary>Whether it makes devices without hardware of its own.</summary>
    public bool IsVirtual => PciIds.Count == 0 && Name.StartsWith("net_", StringComparison.Ordinal) && !Others.Contains(Name);

    /// <summary>The driver that DPDK takes for a device; null if none of them knows it.</summary>
    public static DpdkDriver? For(PciDevice device, IEnumerable<DpdkDriver> drivers) =>
        // Where several do, the one that names it most closely.
        drivers.Select(driver => (Driver: driver, Match: driver.PciIds.Select(id => id.Match(device)).DefaultIfEmpty().Max()))
            .Where(one => one.Match > 0).OrderByDescending(one => one.Match).FirstOrDefault().Driver;
}

/// <summary>Devices that a driver knows. <see cref="Any"/> stands for all.</summary>
public readonly record struct PciId(ushort Vendor, ushort Model, ushort SubsystemVendor, ushort SubsystemModel)
{
    public const ushort Any = 0xFFFF;

    /// <summary>How many of the four numbers fit by name, and one more; 0 when one does not fit.</summary>
    public int Match(PciDevice device)
    {
        var match = 1;
        foreach (var (wanted, found) in new[]
        {
            (Vendor, device.Vendor), (Model, device.Model), (SubsystemVendor, device.SubsystemVendor), (SubsystemModel, device.SubsystemModel),
        })
        {
            if (wanted == found) match++;
            else if (wanted != Any) return 0;
        }

        return match;
    }
}
