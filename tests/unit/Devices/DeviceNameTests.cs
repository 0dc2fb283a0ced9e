using Holdfast.Nfmgr.Devices;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Devices;

public sealed class DeviceNameTests
{
    [TestCase("0000:03:00.0", "0000:03:00.0", "0000:03:00.0", "")]
    [TestCase("03:00.0", "0000:03:00.0", "0000:03:00.0", "")]
    [TestCase("0000:AF:1F.7", "0000:af:1f.7", "0000:af:1f.7", "")]
    [TestCase("af:00.1,txq_inline_max=0", "0000:af:00.1,txq_inline_max=0", "0000:af:00.1", "txq_inline_max=0")]
    [TestCase("10000:03:00.0", "10000:03:00.0", "10000:03:00.0", "")]
    [TestCase("00000000:03:00.0", "0000:03:00.0", "0000:03:00.0", "")]
    public void A_PCI_device_is_called_as_the_kernel_calls_it(string written, string text, string name, string arguments)
    {
        Assert.That(DeviceName.TryParse(written, out var device, out _), Is.True);
        Assert.That(device, Is.EqualTo(new DeviceName(text, name, arguments)));
        Assert.That((device!.IsPci, device.Driver, device.IsNetwork), Is.EqualTo((true, "", true)));
    }

    [TestCase("net_tap0,iface=x", "net_tap0", "net_tap", false, true)]
    [TestCase("net_af_packet12,iface=eth1,qpairs=2", "net_af_packet12", "net_af_packet", true, true)]
    [TestCase("net_pcap0,iface=eth1", "net_pcap0", "net_pcap", true, true)]
    [TestCase("net_pcap0,rx_pcap=in.pcap", "net_pcap0", "net_pcap", false, false)]
    [TestCase("net_null0", "net_null0", "net_null", false, false)]
    [TestCase("net_virtio_user3,path=/run/x.sock", "net_virtio_user3", "net_virtio_user", false, true)]
    public void A_virtual_device_has_its_drivers_name_and_a_number(string text, string name, string driver, bool isOnInterface, bool isNetwork)
    {
        Assert.That(DeviceName.TryParse(text, out var device, out _), Is.True);
        Assert.That((device!.Text, device.Name, device.Driver, device.IsPci), Is.EqualTo((text, name, driver, false)));
        Assert.That((device.IsOnKernelInterface, device.IsNetwork), Is.EqualTo((isOnInterface, isNetwork)));
    }

    [TestCase("")]
    [TestCase("eth1")]
    [TestCase("net_tap")]
    [TestCase("net_0")]
    [TestCase("tap0")]
    [TestCase("0000:03:00")]
    [TestCase("0000:03:00.8")]
    [TestCase("0000:03:00.0 ")]
    [TestCase(" 0000:03:00.0")]
    [TestCase("../0000:03:00.0")]
    [TestCase("net_tap0,iface=a b")]
    [TestCase("net_tap0,iface=a\u0007")]
    [TestCase("net_tap0\n")]
    [TestCase("0000:03:00.0\n")]
    [TestCase("net_tap0\0,iface=x")]
    [TestCase("NET_TAP0")]
    [TestCase("net_tap٣")]
    public void What_is_none_is_refused_with_what_to_write(string text)
    {
        Assert.That(DeviceName.TryParse(text, out var device, out var wrong), Is.False);
        Assert.That(device, Is.Null);
        Assert.That(wrong, Does.StartWith("is no device; write a PCI address as 0000:03:00.0").And.Contains("nfmgr devices"));
    }

    [Test]
    public void The_driver_that_can_not_receive_into_the_packet_pool_is_refused_with_another_way()
    {
        Assert.That(DeviceName.TryParse("net_af_xdp0,iface=eth1", out _, out var wrong), Is.False);
        Assert.That(wrong, Does.Contain("refuses external buffers").And.Contains("port of type interface with \"mode\": \"xdp\""));
    }

    [Test]
    public void The_values_of_an_argument_are_found()
    {
        Assert.That(DeviceName.TryParse("net_pcap0,iface=a,rx_iface=b,iface=c,iface", out var device, out _), Is.True);
        Assert.That(device!.Values("iface"), Is.EqualTo(new[] { "a", "c" }));
        Assert.That(device.Values("x"), Is.Empty);
    }
}
