using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Replicator.Root;
using Holdfast.Tests.Process.Networks;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>Interfaces and processes that come and go.</summary>
[TestFixture(XdpBind.Generic)]
[TestFixture(XdpBind.Driver)]
public sealed class XdpLifeTests(XdpBind bind) : XdpPortFixture(bind)
{
    [Test]
    public void A_link_that_goes_down_comes_up_again()
    {
        Bench.Rule();
        var frame = new TestFrame().Build();
        foreach (var (place, name) in new[] { (Bench.Place, "r-port"), (Bench.RightPlace, "far"), (Bench.Place, "l-port") })
        {
            Assert.That(Bench.Pass(frame), Is.EqualTo(frame));
            place.Ip($"link set dev {name} down");
            var port = name == "l-port" ? Bench.Left : Bench.Right;
            for (var i = 0; i < 100; i++) Try(() => Bench.LeftStation.Send(frame)); // frames under way when it is noticed
            Bench.StepUntil(() => Report(port).State == LinkState.Down);
            Assert.That(Report(port).State, Is.EqualTo(LinkState.Down));
            for (var i = 0; i < 100; i++) Try(() => Bench.LeftStation.Send(frame));
            Bench.StepUntil(() => false, 50);
            place.Ip($"link set dev {name} up");
            Assert.That(Bench.StepUntil(() => Report(port).State == LinkState.Up), Is.True);
            Assert.That(Bench.StepUntil(() => Report(Bench.Left).State == LinkState.Up), Is.True);
            Bench.StepUntil(() => false, 50);
            while (Bench.RightStation.TryReceive() is not null) { }
        }

        Assert.That(Bench.Pass(frame), Is.EqualTo(frame));
        Assert.That(Bench.HasAllBuffers(), $"{Bench.Buffers.Free} free, {Bench.Buffers.InPorts} in ports of {Bench.Buffers.Total}");
        Assert.That(Report(Bench.Right).SendErrorsByReason, Contains.Key("linkDown"));
    }

    [Test]
    public void An_interface_that_is_deleted_and_made_again_is_bound_again() => Bench.Place.Do(() =>
    {
        Bench.Rule();
        var frame = new TestFrame().Build();
        Assert.That(Bench.Pass(frame), Is.EqualTo(frame));
        Bench.Place.Ip("link delete r-port");
        for (var i = 0; i < 300; i++) Bench.LeftStation.Send(frame);
        Assert.That(Bench.StepUntil(() => Report(Bench.Right).State == LinkState.Missing), Is.True);
        Assert.That(Bench.Right.WaitFd, Is.EqualTo(-1), "every sleep would end at once");
        Bench.Cable("r-port", Bench.RightPlace);
        using var station = new RawStation(Bench.RightPlace, "far");
        Assert.That(Bench.StepUntil(() => Report(Bench.Right).State == LinkState.Up), Is.True);
        Bench.LeftStation.Send(frame);
        byte[]? received = null;
        Assert.That(Bench.StepUntil(() => (received = station.TryReceive()) is not null), Is.True);
        Assert.That(received, Is.EqualTo(frame));
        Assert.That(Bench.HasAllBuffers(), $"{Bench.Buffers.Free} free, {Bench.Buffers.InPorts} in ports of {Bench.Buffers.Total}");
        return true;
    });

    [Test]
    public void A_killed_process_leaves_nothing_attached()
    {
        Bench.Left.Dispose();
        using (var holder = Bench.Place.Start(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", "exec",
            typeof(PortHolder).Assembly.Location, PortHolder.Mode, "l-port", Bind.ToString()))
        {
            Assert.That(holder.StandardOutput.ReadLine(), Is.EqualTo("open"), holder.StandardError.ReadToEnd);
            Assert.That(Attached(), Does.Contain("prog/xdp"));
            holder.Kill();
            holder.WaitForExit();
        }

        // Nothing is left that would have to be detached: the next life attaches and binds.
        using (Bench.Place.Do(() => new XdpPort("l-port", Bench.Pool, Bind))) { }
        Assert.That(Attached(), Does.Not.Contain("xdp"));

        string Attached() => Bench.Place.Ip("-d link show dev l-port");
    }

    [Test]
    public void A_port_closed_can_be_opened_at_once()
    {
        for (var life = 0; life < 5; life++)
        {
            using var pool = PacketPool.Create(1024, preferHugePages: false);
            if (life == 0) Bench.Left.Dispose();
            using var port = Bench.Place.Do(() => new XdpPort("l-port", pool, Bind));
            port.Lend([.. Enumerable.Range(0, 256).Select(i => (uint)i)]);
            port.Open(pool);
            var frame = new TestFrame { Identifier = (ushort)life }.Build();
            Bench.LeftStation.Send(frame);
            uint[] buffers = [500];
            Assert.That(SpinWait.SpinUntil(() => port.Receive(pool, buffers) == 1, 5000), Is.True);
            Assert.That(pool.Frame(buffers[0]).ToArray(), Is.EqualTo(frame));
        }
    }

    [Test]
    public void Who_can_not_bind_says_why()
    {
        using var early = Bench.Place.Do(() => new XdpPort("nothing", Bench.Pool, Bind));
        Assert.That(early.Report().State, Is.EqualTo(LinkState.Missing));
        Assert.That(() => Bench.Place.Do(() => new XdpPort("l-port", Bench.Pool, Bind)),
            Throws.TypeOf<XdpException>().With.Message.Contains("another XDP program is on it"));
        Assert.That(() => Bench.Place.Do(() => new XdpPort("l-port", Bench.Pool, XdpBind.ZeroCopy)),
            Throws.TypeOf<XdpException>().With.Message.Contains("huge pages"));
    }

    [Test]
    public void A_full_ring_on_a_deleted_interface_refuses_frames()
    {
        Bench.Right.Lend([.. Enumerable.Range(0, 64).Select(i => (uint)i)]);
        Bench.Right.Open(Bench.Pool);
        Bench.Place.Ip("link delete r-port");
        var frame = new TestFrame().Build();
        var kept = 0;
        for (uint i = 100; i < 3000; i++)
        {
            Bench.Pool.Fill(i, frame);
            if (Bench.Right.Send(Bench.Pool, i, Bench.Pool.Frame(i), i, 0, 1) == SendOutcome.Kept) kept++;
            if (i == 2500) Thread.Sleep(150); // now it may look whether the interface is there
        }

        Bench.Right.Flush();
        var back = new uint[4000];
        Assert.That(kept, Is.GreaterThan(0));
        Assert.That(Bench.Right.TakeBack(back), Is.EqualTo(kept), "all come back");
    }
}
