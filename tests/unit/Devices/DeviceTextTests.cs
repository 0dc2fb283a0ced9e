using System.Text.Json;
using Holdfast.Nfmgr.Devices;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Devices;

/// <summary>What <c>nfmgr devices</c> prints.</summary>
public sealed class DeviceTextTests
{
    private FakeMachine _machine = null!;

    [SetUp]
    public void Make() => _machine = new FakeMachine();

    [TearDown]
    public void Remove() => _machine.Dispose();

    private DpdkMachine Dpdk => DpdkMachine.Read(_machine.Sysfs) with
    {
        Drivers = DriverLibrary.In(_machine.Drivers), DriverDirectory = "/lib/pmds-23.0", Version = "DPDK 22.11.1", MayOpen = _ => true,
    };

    private static readonly Dictionary<(ushort, ushort), string> Names = new() { [(0x8086, 0x10FB)] = "Intel Corporation 82599ES" };

    [Test]
    public void A_machine_is_described_with_what_to_do()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14", node: "1");
        _machine.Add("0000:03:00.1", driver: "ixgbe", group: "15", interfaces: "eth1");
        _machine.Add("0000:04:00.0", "1d6a:0001");
        _machine.UsualLibraries();
        _machine.HugePages(512, 500);
        Assert.That(DeviceText.Of(DeviceReport.Of(Dpdk, Names)), Is.EqualTo(
            """
            PCI network devices:
              0000:03:00.0  ready  Intel Corporation 82599ES (8086:10fb)
                            kernel driver vfio-pci, DPDK driver net_ixgbe, NUMA node 1, IOMMU group 14
              0000:03:00.1  kernel  Intel Corporation 82599ES (8086:10fb)
                            kernel driver ixgbe (eth1), DPDK driver net_ixgbe, IOMMU group 15
                            0000:03:00.1 belongs to the kernel's driver ixgbe, as eth1
                            REMEDY: if this machine can do without eth1: ip link set dev eth1 down && dpdk-devbind.py --bind=vfio-pci 0000:03:00.1
              0000:04:00.0  no-driver  1d6a:0001
                            no kernel driver, DPDK driver unknown, no IOMMU group
                            no installed driver of DPDK knows 0000:04:00.0 (1d6a:0001)
                            REMEDY: apt-get install librte-net-atlantic23
                            no driver of the kernel gives 0000:04:00.0 to user space
                            REMEDY: echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode && dpdk-devbind.py --bind=vfio-pci 0000:04:00.0 (better turn the IOMMU on first: in the firmware, and intel_iommu=on on the kernel's command line)

            virtual drivers (a device is the name, a number, and parameters after commas):
              net_af_packet    iface=<string> qpairs=<int>
              net_pcap         iface=<ifc>
              net_tap          iface=<string> remote=<string>
              net_tun          iface=<string>

            huge pages   512 of 2 MiB, 500 free
            IOMMU        on
            DPDK         DPDK 22.11.1, drivers in /lib/pmds-23.0
            """));
    }

    [Test]
    public void Without_DPDK_the_devices_are_listed_all_the_same()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        var report = DeviceReport.Of(DpdkMachine.Read(_machine.Sysfs) with { Missing = "no library: apt-get install dpdk", MayOpen = _ => true }, Names);
        Assert.That(report.Pci.Single().State, Is.EqualTo("no-dpdk"), "whether it is ready nobody knows");
        Assert.That(DeviceText.Of(report), Does.Contain("0000:03:00.0  no-dpdk")
            .And.EndsWith("DPDK         MISSING\n             REMEDY: no library: apt-get install dpdk"));
    }

    [Test]
    public void Without_devices_that_is_said() =>
        Assert.That(DeviceText.Of(DeviceReport.Of(Dpdk, Names)), Does.StartWith("PCI network devices:\n  none\n").And.Contains("commas):\n  none\n"));

    [Test]
    public void As_JSON_it_has_the_same()
    {
        _machine.Add("0000:03:00.1", driver: "ixgbe", group: "15", interfaces: "eth1");
        _machine.UsualLibraries();
        using var json = JsonDocument.Parse(JsonSerializer.Serialize(DeviceReport.Of(Dpdk, Names), DeviceJson.Default.DeviceReport));
        var device = json.RootElement.GetProperty("pci")[0];
        Assert.That(device.GetProperty("address").GetString(), Is.EqualTo("0000:03:00.1"));
        Assert.That(device.GetProperty("state").GetString(), Is.EqualTo("kernel"));
        Assert.That(device.GetProperty("dpdkDriver").GetString(), Is.EqualTo("net_ixgbe"));
        Assert.That(device.GetProperty("obstacles")[0].GetProperty("remedy").GetString(), Does.Contain("dpdk-devbind.py"));
        Assert.That(json.RootElement.GetProperty("virtual").GetArrayLength(), Is.EqualTo(4));
        Assert.That(json.RootElement.TryGetProperty("missing", out _), Is.False);
    }

    [Test]
    public void Names_are_taken_from_the_list_of_lspci()
    {
        var file = Path.Combine(Directory.CreateDirectory(_machine.Sysfs).FullName, "pci.ids");
        File.WriteAllText(file, "# comment\n8086  Intel Corporation\n\t10fb  82599ES\n\t\t8086 0002  Ethernet\n\tzzzz\n15b3  Mellanox\n\t10fb  Other\nC 02  Network\n\t10fb  Wrong\n");
        PciDevice[] devices = [new() { Address = "a", Vendor = 0x8086, Model = 0x10FB }, new() { Address = "b", Vendor = 0x8086, Model = 1 }];
        Assert.That(PciNames.Of(devices, file), Is.EqualTo(new Dictionary<(ushort, ushort), string> { [(0x8086, 0x10FB)] = "Intel Corporation 82599ES" }));
        Assert.That(PciNames.Of(devices, file + "x"), Is.Empty);
    }
}
