using System.Net;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Tests.Unit.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Devices;

/// <summary>Each of the usual mistakes with a device is one line, with what mends it.</summary>
public sealed class CheckDpdkTests
{
    private const ulong AllRights = ulong.MaxValue;

    private static readonly InterfaceFacts Good = new() { Name = "eth1", Driver = "e1000e" };

    private static readonly string Who = Environment.UserName;

    private FakeMachine _machine = null!;

    [SetUp]
    public void Make()
    {
        _machine = new FakeMachine();
        _machine.UsualLibraries();
        _machine.HugePages(512, 500);
        Directory.CreateDirectory(Path.Combine(_machine.Sysfs, "bus/pci/drivers/vfio-pci"));
    }

    [TearDown]
    public void Remove() => _machine.Dispose();

    [Test]
    public void A_good_device_is_said_to_be_good()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14", node: "1");
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[] { "ok: left port: 0000:03:00.0 (net_ixgbe, vfio-pci, NUMA node 1)" }));
        Assert.That(Judge("net_tap0,iface=x"), Is.EqualTo(new[] { "ok: left port: net_tap0,iface=x (net_tap)" }));
        Assert.That(Judge("net_af_packet0,iface=eth1"), Is.EqualTo(new[] { "ok: left port: net_af_packet0,iface=eth1 (net_af_packet)" }));
    }

    [Test]
    public void Without_ports_by_DPDK_nothing_is_looked_for() => Assert.That(CheckDpdk.All(SampleFile.Parse(SampleFile.Text)), Is.Empty);

    [Test]
    public void Without_DPDK_that_is_an_error_and_the_device_is_looked_at_all_the_same()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        Assert.That(Judge("03:00.0", m => m with { Missing = "no libholdfast-dpdk.so: apt-get install gcc", Drivers = null }),
            Is.EqualTo(new[] { "error: DPDK: no libholdfast-dpdk.so: apt-get install gcc" }));
        Assert.That(Judge("04:00.0", m => m with { Missing = "no libholdfast-dpdk.so", Drivers = null }), Has.Length.EqualTo(2));
    }

    [Test]
    public void A_device_that_is_not_there_is_named_with_one_like_it()
    {
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[] { "error: left port: this machine has no PCI network device 0000:03:00.0; `nfmgr devices` lists what there is" }));
        _machine.Add("0000:03:00.1", driver: "vfio-pci", group: "14");
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[]
        {
            "error: left port: this machine has no PCI network device 0000:03:00.0; did you mean '0000:03:00.1'? `nfmgr devices` lists what there is",
        }));
    }

    [Test]
    public void A_device_of_the_kernel_is_an_error_with_the_commands()
    {
        _machine.Add("0000:03:00.0", driver: "ixgbe", group: "14", interfaces: ["eth1", "eth2"]);
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[]
        {
            "error: left port: 0000:03:00.0 belongs to the kernel's driver ixgbe, as eth1, eth2; if this machine can do without eth1, eth2: "
            + "ip link set dev eth1 down && ip link set dev eth2 down && dpdk-devbind.py --bind=vfio-pci 0000:03:00.0",
        }));
        Assert.That(Judge("03:00.0", m => m with { HasVfio = false }).Single(), Does.EndWith("eth2 down && modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci 0000:03:00.0"));
    }

    [Test]
    public void Without_an_IOMMU_the_commands_say_what_that_takes()
    {
        _machine.Add("0000:03:00.0");
        Assert.That(Judge("03:00.0").Single(), Does.Contain("no driver of the kernel gives 0000:03:00.0 to user space; echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode && dpdk-devbind.py")
            .And.Contains("better turn the IOMMU on first"));
        _machine.Write("module/vfio/parameters/enable_unsafe_noiommu_mode", "Y");
        Assert.That(Judge("03:00.0").Single(), Does.EndWith("user space; dpdk-devbind.py --bind=vfio-pci 0000:03:00.0"));
    }

    [Test]
    public void A_device_that_DPDK_shares_stays_with_the_kernel()
    {
        _machine.Add("0000:03:00.0", "15b3:1019", "mlx5_core", "14", interfaces: "eth1");
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[]
        {
            "warning: left port: 0000:03:00.0 (mlx5_core) has no RDMA device, by which DPDK shares it with the kernel; apt-get install rdma-core && modprobe -a ib_uverbs mlx5_ib",
        }));
        _machine.Write("bus/pci/devices/0000:03:00.0/infiniband_verbs/uverbs0/dev", "231:192");
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[] { "ok: left port: 0000:03:00.0 (mlx5_eth, mlx5_core)" }));
    }

    [Test]
    public void A_device_that_no_driver_knows_is_an_error_with_the_package()
    {
        _machine.Add("0000:03:00.0", "1af4:1041", "vfio-pci", "14");
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[] { "error: left port: no installed driver of DPDK knows 0000:03:00.0 (1af4:1041); apt-get install librte-net-virtio23" }));
    }

    [Test]
    public void A_group_that_this_user_may_not_open_is_an_error()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        Assert.That(Judge("03:00.0", m => m with { MayOpen = file => file != "/dev/vfio/14" }), Is.EqualTo(new[]
        {
            $"error: left port: /dev/vfio/14, by which 0000:03:00.0 is reached, can't be opened by user {Who}; run nfmgr as root, or: chown {Who} /dev/vfio/14, "
            + "and ulimit -l unlimited where nfmgr is started (in a container: --device /dev/vfio/14)",
        }));
        Assert.That(Judge("03:00.0", m => m with { MayOpen = file => file != "/dev/vfio/vfio" }).Single(), Does.StartWith("error: left port: /dev/vfio/vfio,"));
        _machine.Write("kernel/iommu_groups/14/name", "vfio-noiommu");
        Assert.That(Judge("03:00.0", m => m with { MayOpen = file => file != "/dev/vfio/noiommu-14" }).Single(), Does.StartWith("error: left port: /dev/vfio/noiommu-14,"));
    }

    [Test]
    public void A_group_that_the_kernel_uses_is_an_error()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        _machine.Add("0000:03:00.1", driver: "ixgbe", group: "14");
        Assert.That(Judge("03:00.0").Single(), Does.StartWith("error: left port: 0000:03:00.0 is in one IOMMU group with 0000:03:00.1 (ixgbe), and a group goes to user space as a whole"));
    }

    [TestCase(1UL << DpdkMachine.SysAdmin)]
    [TestCase(1UL << DpdkMachine.RawIo)]
    [TestCase(0UL)]
    public void Physical_addresses_are_for_who_may_everything(ulong rights)
    {
        _machine.Add("0000:03:00.0", driver: "uio_pci_generic");
        Assert.That(Judge("03:00.0", m => m with { Capabilities = rights }).Single(),
            Does.StartWith($"error: left port: 0000:03:00.0 (uio_pci_generic) works without an IOMMU, for which user {Who} lacks CAP_SYS_ADMIN or CAP_SYS_RAWIO; run nfmgr as root"));
        Assert.That(Judge("03:00.0"), Is.EqualTo(new[] { "ok: left port: 0000:03:00.0 (net_ixgbe, uio_pci_generic)" }));
    }

    [Test]
    public void Without_an_IOMMU_huge_pages_must_be_there()
    {
        _machine.Add("0000:03:00.0", driver: "uio_pci_generic");
        _machine.HugePages(80, 43);
        // 10 for 8,192 buffers, 34 for DPDK and what it says of the buffers.
        Assert.That(Judge("03:00.0").Last(), Is.EqualTo("error: huge pages: 43 free, 44 needed for the packet pool and for DPDK: 0000:03:00.0 (uio_pci_generic) works without an IOMMU, "
            + "and other pages have no lasting place in memory; sysctl -w vm.nr_hugepages=81"));
        _machine.HugePages(81, 44);
        Assert.That(Judge("03:00.0"), Has.Length.EqualTo(1));
        Assert.That(Judge("03:00.0", extra: "\"hugePages\": \"never\", ").Last(), Is.EqualTo("error: huge pages: 0000:03:00.0 (uio_pci_generic) works without an IOMMU and needs the packet pool "
            + "on huge pages, which the configuration forbids; write \"hugePages\": \"auto\", or turn the IOMMU on"));
    }

    [Test]
    public void With_an_IOMMU_huge_pages_are_only_better()
    {
        _machine.Add("0000:03:00.0", driver: "vfio-pci", group: "14");
        _machine.HugePages(0, 0);
        Assert.That(Judge("03:00.0").Last(), Is.EqualTo("warning: huge pages: 0 free, 44 needed for the packet pool and for DPDK, which do with ordinary pages, but more slowly; sysctl -w vm.nr_hugepages=44"));
        Assert.That(Judge("03:00.0", extra: "\"hugePages\": \"never\", "), Has.Length.EqualTo(1));
        Assert.That(Judge("net_tap0"), Has.Length.EqualTo(1), "a virtual device shows its own slowness");
    }

    [TestCase("net_null0", "DPDK's driver net_null is not in {0}; apt-get install librte-net-null23")]
    [TestCase("net_virtio_user0,path=/x", "DPDK's driver net_virtio_user is not in {0}; apt-get install librte-net-virtio23")]
    [TestCase("net_tab0", "DPDK has no driver net_tab for net_tab0; did you mean 'net_tap'?")]
    [TestCase("net_something0", "DPDK has no driver net_something for net_something0; write one of 'net_af_packet', ")]
    [TestCase("net_ixgbe0", "net_ixgbe drives hardware and makes no device net_ixgbe0; write the device's PCI address, which `nfmgr devices` lists")]
    [TestCase("net_af_packet0", "net_af_packet0 names 0 interfaces of the kernel, and needs one; write net_af_packet0,iface=NAME, with one that 'ip link' shows")]
    [TestCase("net_af_packet0,iface=eth9", "this machine has no interface eth9; did you mean 'eth1'?")]
    [TestCase("net_pcap0,iface=eth9", "this machine has no interface eth9; did you mean 'eth1'?")]
    [TestCase("net_pcap0,rx_iface=eth9,tx_iface=eth1", "this machine has no interface eth9; did you mean 'eth1'?")]
    [TestCase("net_tap0,remote=eth9", "this machine has no interface eth9; did you mean 'eth1'?")]
    public void A_virtual_device_that_can_not_be_is_an_error(string device, string says) =>
        Assert.That(Judge(device).Single(), Does.StartWith("error: left port: " + says.Replace("{0}", _machine.Drivers)));

    [TestCase("net_af_packet0,iface=eth1", DpdkMachine.NetRaw, "net_af_packet needs CAP_NET_RAW and CAP_NET_ADMIN")]
    [TestCase("net_af_packet0,iface=eth1", DpdkMachine.NetAdmin, "net_af_packet needs CAP_NET_RAW and CAP_NET_ADMIN")]
    [TestCase("net_tap0", DpdkMachine.NetAdmin, "net_tap needs CAP_NET_ADMIN")]
    [TestCase("net_pcap0,iface=eth1", DpdkMachine.NetRaw, "net_pcap needs CAP_NET_RAW")]
    public void A_virtual_device_needs_rights(string device, int lacks, string says)
    {
        Assert.That(Judge(device, m => m with { Capabilities = AllRights & ~(1UL << lacks) }).Single(),
            Does.StartWith($"error: left port: {says}, which user {Who} lacks; run nfmgr as root, or give the program the right to: setcap cap_net_"));
    }

    [Test]
    public void A_capture_file_needs_no_rights() =>
        Assert.That(Judge("net_pcap0,rx_pcap=in.pcap", m => m with { Capabilities = 0 }), Is.EqualTo(new[] { "ok: left port: net_pcap0,rx_pcap=in.pcap (net_pcap)" }));

    [Test]
    public void An_interface_that_DPDK_makes_needs_the_kernels_module() =>
        Assert.That(Judge("net_tap0", m => m with { MayOpen = file => file != "/dev/net/tun" }), Is.EqualTo(new[]
        {
            "error: left port: /dev/net/tun, by which net_tap makes its interface, can't be opened; modprobe tun (in a container: --device /dev/net/tun)",
        }));

    [TestCase("net_af_packet0,iface=eth1")]
    [TestCase("net_pcap0,iface=eth1")]
    public void The_mistakes_with_an_interface_are_mistakes_here_too(string device)
    {
        Assert.That(Judge(device, facts: Good with { Addresses = [IPAddress.Parse("192.0.2.1")] }).Single(), Does.StartWith("error: left port: eth1 has the address 192.0.2.1"));
        Assert.That(Judge(device, facts: Good with { Driver = "veth" }).Single(), Does.StartWith("warning: left port: eth1 is a veth").And.Contains("tso off gso off"));
    }

    [TestCase("net_af_packet0,iface=eth1", "{ \"type\": \"dpdk\", \"device\": \"net_af_packet1,iface=eth1\" }", true)]
    [TestCase("net_af_packet0,iface=eth1", "{ \"type\": \"interface\", \"interface\": \"eth1\" }", true)]
    [TestCase("net_af_packet0,iface=eth1", "{ \"type\": \"interface\", \"interface\": \"eth2\" }", false)]
    public void Both_sides_on_one_interface_are_an_error(string left, string right, bool isWrong) =>
        Assert.That(Judge(left, right: right).Contains("error: ports: both are on eth1; give each side an interface of its own"), Is.EqualTo(isWrong));

    [Test]
    public void Both_ports_are_looked_at()
    {
        Assert.That(Judge("net_tap0", right: "{ \"type\": \"dpdk\", \"device\": \"net_null0\" }").Select(line => line.Split(':')[..2]),
            Is.EqualTo(new[] { new[] { "ok", " left port" }, new[] { "error", " right port" } }));
    }

    [Test]
    public void A_node_does_not_start_with_such_a_mistake()
    {
        var configuration = Parse("0000:03:00.0", "{ \"type\": \"dpdk\", \"device\": \"ffff:ff:1f.6\" }");
        foreach (var results in new[] { CheckConfiguration.Machine(configuration), CheckConfiguration.Run(configuration) })
            Assert.That(results.Select(r => r.ToString()), Has.Some.StartsWith("error: right port: this machine has no PCI network device ffff:ff:1f.6"));
    }

    private string[] Judge(string device, Func<DpdkMachine, DpdkMachine>? change = null, InterfaceFacts? facts = null, string extra = "", string? right = null)
    {
        var machine = DpdkMachine.Read(_machine.Sysfs) with
        {
            Drivers = DriverLibrary.In(_machine.Drivers), DriverDirectory = _machine.Drivers, Capabilities = AllRights, MayOpen = _ => true,
        };
        var check = new CheckDpdk(Parse(device, right, extra), change?.Invoke(machine) ?? machine,
            name => name is "eth1" or "eth2" ? (facts ?? Good) with { Name = name } : null, () => ["lo", "eth1"]);
        return [.. check.Judge().Select(result => result.ToString())];
    }

    private static DaemonConfiguration Parse(string device, string? right = null, string extra = "")
    {
        var text = SampleFile.With("{ \"type\": \"wire\", \"socket\": \"far.sock\" }", $$"""{ "type": "dpdk", "device": "{{device}}" }""")
            .Replace("\"initialPrimary\"", extra + "\"initialPrimary\"");
        return SampleFile.Parse(right is null ? text : text.Replace("{ \"type\": \"pcap\", \"read\": \"in.pcap\", \"write\": \"out.pcap\" }", right));
    }
}
