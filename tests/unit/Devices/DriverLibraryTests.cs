using System.Text;
using Holdfast.Nfmgr.Devices;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Devices;

public sealed class DriverLibraryTests
{
    private FakeMachine _machine = null!;

    [SetUp]
    public void Make() => _machine = new FakeMachine();

    [TearDown]
    public void Remove() => _machine.Dispose();

    [Test]
    public void A_library_says_what_is_in_it()
    {
        _machine.UsualLibraries();
        var drivers = DriverLibrary.In(_machine.Drivers);
        Assert.That(drivers.Select(d => d.Name), Is.EqualTo(new[] { "net_af_packet", "net_ixgbe", "mlx5_eth", "net_pcap", "net_tun", "net_tap" }), "each once, whatever its names");
        var ixgbe = drivers[1];
        Assert.That((ixgbe.Library, ixgbe.KernelModules, ixgbe.Parameters, ixgbe.IsVirtual), Is.EqualTo(("librte_net_ixgbe", "* igb_uio | vfio-pci", "", false)));
        Assert.That(ixgbe.PciIds, Is.EqualTo(new[] { new PciId(0x8086, 0x10FB, PciId.Any, PciId.Any) }));
        Assert.That(drivers.Where(d => d.IsVirtual).Select(d => d.Name), Is.EqualTo(new[] { "net_af_packet", "net_pcap", "net_tun", "net_tap" }));
        Assert.That(drivers[5].Parameters, Is.EqualTo("iface=<string> remote=<string>"));
    }

    [TestCase("""{"name": "net_x", "pci_ids": []""", TestName = "No end of the object")]
    [TestCase("""{"name": 7, "pci_ids": []}""", TestName = "A number for a name")]
    [TestCase("""{"pci_ids": []}""", TestName = "No name")]
    [TestCase("""{"name": null}""", TestName = "Null for a name")]
    [TestCase("""{"name": "net_\u001b[31m"}""", TestName = "A terminal's control characters in a name")]
    [TestCase("""{"name": ""}""", TestName = "An empty name")]
    [TestCase("""{"name": "net_x", "pci_ids": [[1, 2, 3]]}""", TestName = "Three numbers")]
    [TestCase("""{"name": "net_x", "pci_ids": [[1, 2, 3, 65536]]}""", TestName = "A number that is too large")]
    [TestCase("""{"name": "net_x", "pci_ids": [[1, 2, 3, -1]]}""", TestName = "A negative number")]
    [TestCase("""{"name": "net_x", "pci_ids": [null]}""", TestName = "Null for numbers")]
    [TestCase("""{"name": "net_x", "pci_ids": "all"}""", TestName = "A text for numbers")]
    [TestCase("{", TestName = "A brace")]
    public void A_damaged_text_is_passed_over(string text)
    {
        _machine.Library("librte_net_x", text, """{"name": "net_good", "pci_ids": []}""");
        Assert.That(DriverLibrary.In(_machine.Drivers).Select(d => d.Name), Is.EqualTo(new[] { "net_good" }));
    }

    [Test]
    public void A_text_that_does_not_end_is_none()
    {
        const string Begun = "PMD_INFO_STRING= {\"name\": \"net_x\"}";
        _machine.LibraryOf("librte_net_a", Encoding.ASCII.GetBytes(Begun));
        _machine.LibraryOf("librte_net_b", Encoding.ASCII.GetBytes("PMD_INFO_STRING= "));
        _machine.LibraryOf("librte_net_c", Encoding.ASCII.GetBytes("PMD_INFO_STRING= {\"name\": \"net_long\", \"params\": \"" + new string('x', 300_000) + "\"}\0"));
        _machine.LibraryOf("librte_net_d", []);
        _machine.LibraryOf("librte_net_e", [.. Encoding.ASCII.GetBytes("PMD_INFO_STRING= {\"name\": \""), 0xFF, 0xC0, .. Encoding.ASCII.GetBytes("\"}\0")]);
        Assert.That(DriverLibrary.In(_machine.Drivers), Is.Empty);
    }

    [Test]
    public void What_is_no_library_is_left_alone()
    {
        Assert.That(DriverLibrary.In(_machine.Drivers), Is.Empty);
        _machine.Library("librte_raw_x", """{"name": "raw_x", "pci_ids": []}""");
        Directory.CreateDirectory(Path.Combine(_machine.Drivers, "librte_net_folder.so"));
        File.CreateSymbolicLink(Path.Combine(_machine.Drivers, "librte_net_circle.so"), "librte_net_circle.so");
        File.CreateSymbolicLink(Path.Combine(_machine.Drivers, "librte_net_nowhere.so"), "/nowhere/x.so");
        // A pipe keeps who opens it waiting.
        Assert.That(Mono.Unix.Native.Syscall.mkfifo(Path.Combine(_machine.Drivers, "librte_net_pipe.so"), (Mono.Unix.Native.FilePermissions)0x1B6), Is.Zero);
        Assert.That(Task.Run(() => DriverLibrary.In(_machine.Drivers)).Wait(TimeSpan.FromSeconds(10)), Is.True);
        Assert.That(DriverLibrary.In(_machine.Drivers), Is.Empty);
    }

    [Test]
    public void Control_characters_of_a_text_do_not_reach_a_terminal()
    {
        _machine.Library("librte_net_x", """{"name": "net_x", "params": "a=\u001b[2J\u0007<int> ", "pci_ids": []}""");
        Assert.That(DriverLibrary.In(_machine.Drivers).Single().Parameters, Is.EqualTo("a=[2J<int>"));
    }

    [Test]
    public void Random_bytes_do_no_harm()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bytes = Encoding.ASCII.GetBytes("""xPMD_INFO_STRING= {"name": "net_x", "params": "a=<int>", "pci_ids": [[1, 2, 3, 4]]}""" + "\0y");
            for (var i = 0; i < 1 + round % 4; i++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var file = Path.Combine(Directory.CreateDirectory(_machine.Drivers).FullName, "librte_net_x.so");
            File.WriteAllBytes(file, bytes);
            Assert.That(DriverLibrary.In(_machine.Drivers), Has.Count.LessThanOrEqualTo(1));
        }
    }

    [Test]
    public void The_driver_of_a_device_is_the_one_that_names_it_most_closely()
    {
        _machine.Library("librte_net_a", """{"name": "net_a", "pci_ids": [[32902, 1, 65535, 65535], [32902, 9, 65535, 65535]]}""");
        _machine.Library("librte_net_b", """{"name": "net_b", "pci_ids": [[32902, 2, 65535, 65535], [32902, 9, 17, 65535]]}""");
        var drivers = DriverLibrary.In(_machine.Drivers);
        string? Driver(ushort model, ushort subsystem = 0, ushort vendor = 0x8086) =>
            DpdkDriver.For(new PciDevice { Address = "0000:03:00.0", Vendor = vendor, Model = model, SubsystemVendor = subsystem }, drivers)?.Name;
        Assert.That((Driver(1), Driver(2), Driver(3), Driver(1, vendor: 1)), Is.EqualTo(("net_a", "net_b", (string?)null, (string?)null)));
        Assert.That((Driver(9), Driver(9, 17)), Is.EqualTo(("net_a", "net_b")));
        Assert.That(DpdkDriver.For(new PciDevice { Address = "", Vendor = 1, Model = 1 }, []), Is.Null);
    }

    [Test]
    public void Libraries_that_DPDK_is_told_to_load_count_too()
    {
        _machine.UsualLibraries();
        var file = Path.Combine(_machine.Drivers, "librte_net_pcap.so");
        Assert.That(DriverLibrary.NamedBy(["--no-pci", "-d", file]).Single().Name, Is.EqualTo("net_pcap"));
        Assert.That(DriverLibrary.NamedBy([$"-d{file}"]).Single().Name, Is.EqualTo("net_pcap"));
        Assert.That(DriverLibrary.NamedBy(["-d", _machine.Drivers]), Has.Count.EqualTo(6));
        Assert.That(DriverLibrary.NamedBy(["-d"]), Is.Empty);
        Assert.That(DriverLibrary.NamedBy(["-d", "/nowhere\0"]), Is.Empty);
    }

    [TestCase("net_tap", "librte-net-tap23")]
    [TestCase("net_tun", "librte-net-tap23")]
    [TestCase("net_af_packet", "librte-net-af-packet23")]
    [TestCase("net_virtio_user", "librte-net-virtio23")]
    [TestCase("net_bonding", "librte-net-bond23")]
    [TestCase("net_mlx5", "librte-net-mlx5-23")]
    public void A_package_has_the_number_of_the_folder(string driver, string package) =>
        Assert.That(DebianPackage.Of(driver, "/usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0"), Is.EqualTo(package));

    [Test]
    public void A_folder_without_number_gives_none() => Assert.That(DebianPackage.Of("net_tap", "/opt/dpdk"), Is.EqualTo("librte-net-tap"));

    [Test]
    public void The_packages_for_a_vendors_devices_are_named()
    {
        Assert.That(DebianPackage.ForVendor(0x15B3, "/x/pmds-23.0"), Is.EqualTo(new[] { "librte-net-mlx5-23", "librte-net-mlx4-23" }));
        Assert.That(DebianPackage.ForVendor(0x8086, "/x/pmds-24.1"), Has.Member("librte-net-e1000-24").And.Member("librte-net-ice24"));
        Assert.That(DebianPackage.ForVendor(0, "/x/pmds-23.0"), Is.EqualTo(new[] { "librte-meta-net" }));
    }
}
