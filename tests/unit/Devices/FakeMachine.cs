using System.Text;

namespace Holdfast.Tests.Unit.Devices;

/// <summary>A machine as the kernel and DPDK would show it, in a directory of its own.</summary>
internal sealed class FakeMachine : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("holdfast-devices-").FullName;

    public string Sysfs => Path.Combine(_root, "sys");

    /// <summary>Named as Debian's, for the number in it.</summary>
    public string Drivers => Path.Combine(_root, "dpdk/pmds-23.0");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>A file below /sys.</summary>
    public void Write(string path, string text)
    {
        var file = Path.Combine(Sysfs, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text + "\n");
    }

    /// <summary>A link below /sys.</summary>
    public void Link(string path, string target)
    {
        var link = Path.Combine(Sysfs, path);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, target);
    }

    /// <summary>A device as the kernel shows it.</summary>
    public void Add(string address, string id = "8086:10fb", string? driver = null, string? group = null, string classOf = "0x020000", string node = "-1",
        params string[] interfaces)
    {
        var at = $"bus/pci/devices/{address}";
        Write($"{at}/class", classOf);
        Write($"{at}/vendor", $"0x{id.Split(':')[0]}");
        Write($"{at}/device", $"0x{id.Split(':')[1]}");
        Write($"{at}/numa_node", node);
        foreach (var name in interfaces) Write($"{at}/net/{name}/address", "02:00:00:00:00:01");
        if (driver is not null)
        {
            Directory.CreateDirectory(Path.Combine(Sysfs, "bus/pci/drivers", driver));
            Link($"{at}/driver", $"../../../../bus/pci/drivers/{driver}");
        }

        if (group is null) return;
        Link($"{at}/iommu_group", $"../../../../kernel/iommu_groups/{group}");
        Link($"kernel/iommu_groups/{group}/devices/{address}", $"../../../../bus/pci/devices/{address}");
    }

    public void HugePages(long total, long free)
    {
        Write("kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", $"{total}");
        Write("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", $"{free}");
    }

    /// <summary>A library with such texts among other bytes, by the three names that Debian gives it.</summary>
    public void Library(string name, params string[] descriptions)
    {
        using var bytes = new MemoryStream();
        bytes.Write([0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 0xFF, 0xFE, 0]);
        foreach (var description in descriptions)
        {
            bytes.Write(Encoding.UTF8.GetBytes($"PMD_INFO_STRING= {description}"));
            bytes.Write([0, 0x90, 0x90, 0xC3, 0]);
        }

        LibraryOf(name, bytes.ToArray());
    }

    /// <summary>A library of these bytes.</summary>
    public void LibraryOf(string name, byte[] bytes)
    {
        Directory.CreateDirectory(Drivers);
        File.WriteAllBytes(Path.Combine(Drivers, $"{name}.so.23.0"), bytes);
        File.CreateSymbolicLink(Path.Combine(Drivers, $"{name}.so.23"), $"{name}.so.23.0");
        File.CreateSymbolicLink(Path.Combine(Drivers, $"{name}.so"), $"{name}.so.23");
    }

    /// <summary>The drivers that the other tests speak of.</summary>
    public void UsualLibraries()
    {
        Library("librte_net_ixgbe", """{"name": "net_ixgbe", "kmod": "* igb_uio | vfio-pci", "pci_ids": [[32902, 4347, 65535, 65535]]}""");
        Library("librte_net_mlx5", """{"name": "mlx5_eth", "kmod": "* ib_uverbs & mlx5_core & mlx5_ib", "pci_ids": [[5555, 4121, 65535, 65535]]}""");
        Library("librte_net_tap", """{"name": "net_tun", "params": "iface=<string> ", "pci_ids": []}""",
            """{"name": "net_tap", "params": "iface=<string> remote=<string>", "pci_ids": []}""");
        Library("librte_net_af_packet", """{"name": "net_af_packet", "params": "iface=<string> qpairs=<int>", "pci_ids": []}""");
        Library("librte_net_pcap", """{"name": "net_pcap", "params": "iface=<ifc>", "pci_ids": []}""");
    }
}
