using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Tests.Process.Networks;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>A port on a TAP device that DPDK makes, whose other end is an interface of the kernel.</summary>
public sealed class TapTests
{
    private NetworkNamespace _place = null!;
    private DpdkBench _bench = null!;

    [SetUp]
    public void Make()
    {
        NetworkNamespace.Require();
        if (!File.Exists("/dev/net/tun")) Assert.Ignore("no /dev/net/tun here: modprobe tun, or give the container that device");
        _bench = new DpdkBench();
        _place = new NetworkNamespace("tap");
    }

    [TearDown]
    public void Remove()
    {
        _bench?.Dispose();
        _place?.Dispose();
    }

    [Test]
    public void Frames_cross_both_ways_as_they_are([Values(0, 42)] int vlan)
    {
        var port = Open(vlan);
        using var station = new RawStation(_place, "tap0");
        var inside = new TestFrame { Payload = new byte[700] }.Build();
        byte[] outside = vlan == 0 ? inside : [.. inside[..12], 0x81, 0, 0, 42, .. inside[12..]];
        for (var i = 0; i < 50; i++)
        {
            station.Send(outside);
            Assert.That(_bench.ReceiveOne(port), Is.EqualTo(inside));
        }

        _bench.Send(port, inside);
        port.Flush();
        // The kernel takes a tag out, and puts it beside the frame.
        Assert.That(station.Receive(frame => frame.AsSpan(0, 6).SequenceEqual(inside.AsSpan(0, 6))), Is.EqualTo(inside));
        if (vlan == 0) return;
        station.Send(inside);
        station.Send(outside);
        Assert.That(_bench.ReceiveOne(port), Is.EqualTo(inside));
        Assert.That(port.Report().RefusedByReason, Does.ContainKey("otherVlan").WithValue(1UL));
    }

    [Test]
    public void A_link_that_is_down_takes_nothing_and_comes_again()
    {
        var port = Open();
        _place.Ip("link set tap0 down");
        Assert.That(SpinWait.SpinUntil(() => StateOf(port) == LinkState.Down, 3_000));
        Assert.That(_bench.Send(port, new TestFrame().Build()), Is.False);
        Assert.That(port.Report().SendErrorsByReason, Does.ContainKey("linkDown"));
        _place.Ip("link set tap0 up");
        Assert.That(SpinWait.SpinUntil(() => StateOf(port) == LinkState.Up, 3_000));
        Assert.That(_bench.Send(port, new TestFrame().Build()), Is.True);
    }

    private DpdkPort Open(int vlan = 0)
    {
        var port = _place.Do(() => _bench.Open("net_tap0,iface=tap0", vlan: vlan));
        _place.Silence("tap0");
        return port;
    }

    private static LinkState StateOf(DpdkPort port)
    {
        port.AnnounceSleep(); // where it looks
        return port.Report().State;
    }
}
