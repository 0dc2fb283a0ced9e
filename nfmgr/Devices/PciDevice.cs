namespace Holdfast.Nfmgr.Devices;

/// <summary>A network device on the PCI bus of this machine, as the kernel described it at one moment.</summary>
public sealed record PciDevice
{
    private const int NetworkClass = 0x02, BridgeClass = 0x06;

    /// <summary>Drivers of the kernel that give a device to user space and do nothing else with it.</summary>
    private static readonly string[] Giving = ["vfio-pci", "uio_pci_generic", "igb_uio"];

    /// <summary>Drivers of the kernel that keep a device while DPDK uses it too.</summary>
    private static readonly string[] Sharing = ["mlx4_core", "mlx5_core", "mana"];

    /// <summary>Domain, bus, device and function, as "0000:03:00.0".</summary>
    public required string Address { get; init; }

    public required ushort Vendor { get; init; }

    public required ushort Model { get; init; }

    public ushort SubsystemVendor { get; init; }

    public ushort SubsystemModel { get; init; }

    /// <summary>The kernel's driver that it is bound to; null for none.</summary>
    public string? KernelDriver { get; init; }

    /// <summary>The kernel's interfaces on it.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>The NUMA node that it is at; -1 when there is but one, or nobody knows.</summary>
    public int NumaNode { get; init; } = -1;

    /// <summary>The number of its IOMMU group; null where no IOMMU is on.</summary>
    public string? IommuGroup { get; init; }

    /// <summary>The group is a stand-in that VFIO made, and there is no IOMMU.</summary>
    public bool IsGroupWithoutIommu { get; init; }

    /// <summary>Others of its IOMMU group that a driver of the kernel has, as "0000:03:00.1 (ixgbe)". A group can only be given to
    /// user space as a whole.</summary>
    public IReadOnlyList<string> GroupHeldBy { get; init; } = [];

    /// <summary>Its RDMA devices are there, through which DPDK reaches a device that is <see cref="IsBifurcated"/>.</summary>
    public bool HasVerbs { get; init; }

    /// <summary>Its driver gives it to user space.</summary>
    public bool IsGivenToUserSpace => Giving.Contains(KernelDriver);

    /// <summary>DPDK uses it beside the kernel's driver, and needs rdma-core for that.</summary>
    public bool IsBifurcated => Sharing.Contains(KernelDriver);

    /// <summary>Nothing translates addresses for it, so it is told where in the machine's memory buffers really lie.</summary>
    public bool NeedsPhysicalAddresses => IsGivenToUserSpace && (KernelDriver != "vfio-pci" || IommuGroup is null || IsGroupWithoutIommu);

    /// <summary>All of them, by address.</summary>
    /// <param name="sysfs">Where the kernel's description is mounted.</param>
    public static IReadOnlyList<PciDevice> All(string sysfs = "/sys") =>
        [.. Sysfs.Names(Folder(sysfs)).Select(address => Read(address, sysfs)).OfType<PciDevice>()];

    /// <summary>The one with an address; null if there is none, or if it is no network device.</summary>
    public static PciDevice? Find(string address, string sysfs = "/sys") =>
        // By the names that there are, so that an address never leads elsewhere.
        Sysfs.Names(Folder(sysfs)).FirstOrDefault(name => name.Equals(address, StringComparison.OrdinalIgnoreCase)) is { } found ? Read(found, sysfs) : null;

    private static string Folder(string sysfs) => Path.Combine(sysfs, "bus/pci/devices");

    private static PciDevice? Read(string address, string sysfs)
    {
        var folder = Path.Combine(Folder(sysfs), address);
        if (ClassOf(folder) != NetworkClass || Id(folder, "vendor") is not { } vendor || Id(folder, "device") is not { } model) return null;
        var group = Sysfs.Link(Path.Combine(folder, "iommu_group"));
        return new PciDevice
        {
            Address = address,
            Vendor = vendor,
            Model = model,
            SubsystemVendor = Id(folder, "subsystem_vendor") ?? 0,
            SubsystemModel = Id(folder, "subsystem_device") ?? 0,
            KernelDriver = Sysfs.Link(Path.Combine(folder, "driver")),
            // Those of virtio are on a device below that of PCI.
            Interfaces = [.. Sysfs.Names(folder, "virtio*").Append("").SelectMany(below => Sysfs.Names(Path.Combine(folder, below, "net")))],
            NumaNode = Sysfs.Number(Path.Combine(folder, "numa_node")) is { } node and >= 0 ? node : -1,
            IommuGroup = group,
            IsGroupWithoutIommu = group is not null && Sysfs.Line(Path.Combine(GroupFolder(sysfs, group), "name")) == "vfio-noiommu",
            GroupHeldBy = group is null ? [] : Holders(address, GroupFolder(sysfs, group)),
            HasVerbs = Sysfs.Names(Path.Combine(folder, "infiniband_verbs")).Count > 0,
        };
    }

    private static string GroupFolder(string sysfs, string group) => Path.Combine(sysfs, "kernel/iommu_groups", group);

    private static string[] Holders(string address, string group)
    {
        var devices = Path.Combine(group, "devices");
        return [.. Sysfs.Names(devices).Where(other => other != address).Select(other => (Address: other, Driver: Sysfs.Link(Path.Combine(devices, other, "driver"))))
            // The kernel lets bridges, and what a stub keeps from everybody, stay.
            .Where(other => other.Driver is not (null or "pci-stub") && !Giving.Contains(other.Driver)
                            && ClassOf(Path.Combine(devices, other.Address)) != BridgeClass)
            .Select(other => $"{other.Address} ({other.Driver})")];
    }

    /// <summary>The class without its subclass and interface; -1 for none.</summary>
    private static int ClassOf(string folder) => Sysfs.Number(Path.Combine(folder, "class")) is { } number ? number >> 16 : -1;

    private static ushort? Id(string folder, string file) => Sysfs.Number(Path.Combine(folder, file)) is { } id and >= 0 and <= ushort.MaxValue ? (ushort)id : null;
}
