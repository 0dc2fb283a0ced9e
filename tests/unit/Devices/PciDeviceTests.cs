using Holdfast.Nfmgr.Devices;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Devices;

public sealed class PciDeviceTests
{
    private FakeMachine _machine = null!;

    [SetUp]
    public void Make() => _machine = new FakeMachine();

    [TearDown]
    public void Remove() => _machine.Dispose();

    [Test]
    public void What_the_kernel_says_is_read()
    {
        _machine.Add("0000:03:00.1", "8086:1572", "i40e", "14", node: "1", interfaces: ["enp3s0f1", "enp3s0f1x"]);
        _machine.Add("0000:03:00.0", "15b3:1019", "mlx5_core");
        _machine.Add("0000:00:1f.2", "8086:2922", "ahci", classOf: "0x010601");
        _machine.Write("bus/pci/devices/0000:03:00.1/subsystem_vendor", "0x1028");
        _machine.Write("bus/pci/devices/0000:03:00.1/subsystem_device", "0x1f9c");
        var devices = PciDevice.All(_machine.Sysfs);
        Assert.That(devices.Select(d => d.Address), Is.EqualTo(new[] { "0000:03:00.0", "0000:03:00.1" }), "a disk is no network device");
        var device = devices[1];
        Assert.That((device.Vendor, device.Model, device.SubsystemVendor, device.SubsystemModel), Is.EqualTo((0x8086, 0x1572, 0x1028, 0x1F9C)));
        Assert.That((device.KernelDriver, device.NumaNode, device.IommuGroup), Is.EqualTo(("i40e", 1, "14")));
        Assert.That(device.Interfaces, Is.EqualTo(new[] { "enp3s0f1", "enp3s0f1x" }));
        Assert.That((device.IsGivenToUserSpace, device.IsBifurcated, devices[0].IsBifurcated), Is.EqualTo((false, false, true)));
        Assert.That((devices[0].NumaNode, devices[0].IommuGroup), Is.EqualTo((-1, (string?)null)));
    }

    [Test]
    public void An_interface_of_virtio_is_one_device_further_down()
    {
        _machine.Add("0000:00:03.0", "1af4:1041", "virtio-pci");
        _machine.Write("bus/pci/devices/0000:00:03.0/virtio1/net/eth0/address", "02:00:00:00:00:01");
        Assert.That(PciDevice.All(_machine.Sysfs).Single().Interfaces, Is.EqualTo(new[] { "eth0" }));
    }

    [TestCase("vfio-pci", "14", null, false)]
    [TestCase("vfio-pci", null, null, true)]
    [TestCase("vfio-pci", "14", "vfio-noiommu", true)]
    [TestCase("uio_pci_generic", "14", null, true)]
    [TestCase("igb_uio", null, null, true)]
    [TestCase("ixgbe", null, null, false)]
    [TestCase("mlx5_core", null, null, false)]
    public void Physical_addresses_are_needed_where_nothing_translates(string driver, string? group, string? name, bool needed)
    {
        _machine.Add("0000:03:00.0", driver: driver, group: group);
        if (name is not null) _machine.Write($"kernel/iommu_groups/{group}/name", name);
        Assert.That(PciDevice.All(_machine.Sysfs).Single().NeedsPhysicalAddresses, Is.EqualTo(needed));
    }

    [Test]
    public void Who_keeps_a_group_from_user_space_is_found()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        _machine.Add("0000:03:00.1", driver: "ixgbe", group: "14");
        _machine.Add("0000:03:00.2", driver: "vfio-pci", group: "14");
        _machine.Add("0000:03:00.3", group: "14");
        _machine.Add("0000:02:00.0", driver: "pcieport", group: "14", classOf: "0x060400");
        _machine.Add("0000:05:00.0", driver: "ixgbe", group: "15");
        Assert.That(PciDevice.Find("0000:03:00.0", _machine.Sysfs)!.GroupHeldBy, Is.EqualTo(new[] { "0000:03:00.1 (ixgbe)" }));
    }

    [TestCase("0000:03:00.0", true)]
    [TestCase("0000:03:00.9", false)]
    [TestCase("0000:00:1f.2", false)]
    [TestCase("../devices/0000:03:00.0", false)]
    [TestCase("", false)]
    [TestCase("\0", false)]
    public void A_device_is_found_by_its_address_alone(string address, bool isThere)
    {
        _machine.Add("0000:03:00.0");
        _machine.Add("0000:00:1f.2", classOf: "0x010601");
        Assert.That(PciDevice.Find(address, _machine.Sysfs), isThere ? Is.Not.Null : Is.Null);
    }

    [Test]
    public void What_is_missing_or_odd_does_no_harm()
    {
        Assert.That(PciDevice.All(Path.Combine(_machine.Sysfs, "none")), Is.Empty);
        _machine.Write("bus/pci/devices/0000:01:00.0/class", "0x020000"); // and nothing else
        _machine.Write("bus/pci/devices/0000:02:00.0", "a file");
        _machine.Add("0000:03:00.0", "zz:gg");
        _machine.Add("0000:04:00.0", "12345:1");
        _machine.Add("0000:05:00.0", classOf: new string('9', 100_000));
        Directory.CreateDirectory(Path.Combine(_machine.Sysfs, "bus/pci/devices/0000:06:00.0/class"));
        _machine.Link("bus/pci/devices/0000:07:00.0", "0000:07:00.0"); // leads to itself
        _machine.Add("0000:08:00.0", node: "many");
        _machine.Write("bus/pci/devices/0000:08:00.0/driver", "no link");
        _machine.Write("bus/pci/devices/0000:08:00.0/net", "no folder");
        var device = PciDevice.All(_machine.Sysfs).Single();
        Assert.That((device.Address, device.KernelDriver, device.NumaNode, device.Interfaces.Count), Is.EqualTo(("0000:08:00.0", (string?)null, -1, 0)));
    }

    [Test]
    public void Huge_pages_are_counted_and_none_where_there_are_none()
    {
        Assert.That(HugePages.Read(_machine.Sysfs), Is.EqualTo(new HugePages(0, 0)));
        _machine.HugePages(128, 102);
        Assert.That(HugePages.Read(_machine.Sysfs), Is.EqualTo(new HugePages(128, 102)));
        _machine.Write("kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "-7");
        Assert.That(HugePages.Read(_machine.Sysfs).Free, Is.Zero);
    }

    [Test]
    public void An_iommu_is_told_from_the_stand_in_for_one()
    {
        Assert.That(DpdkMachine.Read(_machine.Sysfs).HasIommu, Is.False);
        _machine.Add("0000:03:00.0", group: "0");
        _machine.Write("kernel/iommu_groups/0/name", "vfio-noiommu");
        Assert.That(DpdkMachine.Read(_machine.Sysfs).HasIommu, Is.False);
        _machine.Add("0000:04:00.0", group: "1");
        Assert.That(DpdkMachine.Read(_machine.Sysfs).HasIommu, Is.True);
    }

    [TestCase("Name: x\nCapEff:\t0000000000003000\n", true, false)]
    [TestCase("CapEff:\tnonsense\n", false, false)]
    [TestCase("Name: x\n", false, false)]
    [TestCase("CapEff:\t000001ffffffffff\n", true, true)]
    public void Capabilities_are_those_in_effect(string status, bool network, bool system)
    {
        Directory.CreateDirectory(_machine.Sysfs);
        var file = Path.Combine(_machine.Sysfs, "status");
        File.WriteAllText(file, status);
        var machine = new DpdkMachine { Capabilities = DpdkMachine.CapabilitiesIn(file) };
        Assert.That((machine.Has(DpdkMachine.NetRaw), machine.Has(DpdkMachine.NetAdmin), machine.Has(DpdkMachine.SysAdmin)), Is.EqualTo((network, network, system)));
        Assert.That(DpdkMachine.CapabilitiesIn(file + "x"), Is.Zero);
    }
}
