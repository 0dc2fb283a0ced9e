using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>Ports by AF_XDP on both sides of a root, over veth, in both ways that a veth can.</summary>
[TestFixture(XdpBind.Generic)]
[TestFixture(XdpBind.Driver)]
public sealed class XdpPortTests(XdpBind bind) : XdpPortFixture(bind)
{
    [Test]
    public void Frames_of_every_length_cross_as_they_are() => Bench.Rule().AssertThatFramesOfEveryLengthCrossAsTheyAre();

    [Test]
    public void Nothing_is_taken_in_before_the_node_rules()
    {
        Bench.LeftStation.Send(new TestFrame().Build());
        Thread.Sleep(50);
        Bench.Rule();
        Assert.That(Bench.StepUntil(() => Bench.Left.Counters.Received > 0, 200), Is.False);
        var frame = new TestFrame().Build();
        Assert.That(Bench.Pass(frame), Is.EqualTo(frame));
    }

    [Test]
    public void Under_load_buffers_are_exchanged_in_order_and_none_is_lost()
    {
        Bench.Rule();
        const int frames = 20_000;
        var seen = new HashSet<ulong>();
        int sent = 0, received = 0;
        ulong last = 0;
        var frame = new byte[200];
        frame[12] = 0x12;
        while (sent < frames)
        {
            for (var i = 0; i < 64; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(20), (ulong)++sent);
                Bench.LeftStation.Send(frame);
            }

            Bench.Step();
            Bench.Step();
            TakeOut();
        }

        Assert.That(Bench.StepUntil(() => { TakeOut(); return received == sent; }), $"{received} of {sent}; {Bench.Left.Counters}");
        Assert.That(Bench.HasAllBuffers(), $"{Bench.Buffers.Free} free, {Bench.Buffers.InPorts} in ports of {Bench.Buffers.Total}");

        void TakeOut()
        {
            while (Bench.RightStation.TryReceive() is { } one)
            {
                var number = BinaryPrimitives.ReadUInt64BigEndian(one.AsSpan(20));
                Assert.That(number, Is.EqualTo(last + 1), "out of order");
                last = number;
                received++;
            }
        }
    }

    [Test]
    public void A_checksum_that_is_left_to_the_hardware_is_finished() => Bench.Rule().AssertThatChecksumsLeftToTheHardwareAreFinished();

    [Test]
    public void A_tag_that_is_in_the_frame_stays()
    {
        // Without a root: what the right station hears has lost its tag in the station's packet socket.
        Bench.Left.Lend([.. Enumerable.Range(100, 64).Select(i => (uint)i)]);
        Bench.Left.Open(Bench.Pool);
        foreach (ushort[] tags in new ushort[][] { [0x8100], [0x88a8], [0x88a8, 0x8100] })
        {
            var frame = new TestFrame { VlanTypes = tags }.Build();
            Bench.LeftStation.Send(frame);
            uint[] buffers = [1];
            Assert.That(SpinWait.SpinUntil(() => Bench.Left.Receive(Bench.Pool, buffers) == 1, 5000), Is.True);
            Assert.That(Bench.Pool.Frame(buffers[0]).ToArray(), Is.EqualTo(frame));
        }
    }

    [Test]
    public void A_frame_longer_than_the_interfaces_MTU_does_not_leave()
    {
        Bench.Place.Ip("link set dev r-port mtu 1000");
        Bench.Rule();
        Bench.LeftStation.Send(new byte[1015]);
        Assert.That(Bench.StepUntil(() => Bench.Right.Counters.SendErrors == 1), Is.True);
        Assert.That(Bench.Pass(new byte[1014]), Has.Length.EqualTo(1014));
        Assert.That(Report(Bench.Right).SendErrorsByReason, Is.EqualTo(new Dictionary<string, ulong> { ["tooLong"] = 1 }));
        Assert.That(Bench.HasAllBuffers());
    }

    [Test]
    public void Frames_too_long_for_a_buffer_are_refused()
    {
        // Where the program is in veth's driver, the kernel itself keeps the cable's MTU below a page.
        if (Bind == XdpBind.Driver) Assert.That(() => Bench.LeftPlace.Ip("link set dev far mtu 9000"), Throws.InvalidOperationException);
        if (Bind == XdpBind.Driver) return;
        Bench.LeftPlace.Ip("link set dev far mtu 9000");
        Bench.Place.Ip("link set dev l-port mtu 9000");
        Bench.Rule();
        Bench.LeftStation.Send(new byte[Umem.LongestReceived + 1]);
        Bench.LeftStation.Send(new byte[9000]);
        Assert.That(Bench.StepUntil(() => Bench.Left.Counters.Refused == 2), Is.True, $"{Bench.Left.Counters}");
        Assert.That(Report(Bench.Left).Remedy, Does.Contain("ethtool -K"));
        Assert.That(Bench.Pass(new byte[1000]), Has.Length.EqualTo(1000));
        Assert.That(Bench.HasAllBuffers());
    }

    [Test]
    public void Frames_that_nobody_takes_are_dropped_and_counted_until_somebody_does()
    {
        var kept = 64;
        Bench.Left.Lend([.. Enumerable.Range(100, kept).Select(i => (uint)i)]);
        Bench.Left.Open(Bench.Pool);
        for (var i = 0; i < 500; i++) Bench.LeftStation.Send(new TestFrame { Identifier = (ushort)i }.Build());
        var filling = kept - kept / 4; // the rest is for own frames
        Assert.That(SpinWait.SpinUntil(() => Bench.Left.Counters.DroppedByKernel == (ulong)(500 - filling), 2000), Is.True, $"{Bench.Left.Counters}");
        var buffers = Enumerable.Range(1000, 500).Select(i => (uint)i).ToArray();
        var received = 0;
        while (Bench.Left.Receive(Bench.Pool, buffers.AsSpan(received)) is > 0 and var count) received += count;
        Assert.That(received, Is.EqualTo(filling));
        var next = new TestFrame { Identifier = 999 }.Build();
        Bench.LeftStation.Send(next);
        Assert.That(SpinWait.SpinUntil(() => Bench.Left.Receive(Bench.Pool, buffers.AsSpan(received)) == 1, 2000), Is.True);
        Assert.That(Bench.Pool.Frame(buffers[received]).ToArray(), Is.EqualTo(next));
        Assert.That(Bench.Left.Counters.Refused, Is.Zero);
    }

    [Test]
    public void Own_frames_leave_without_taking_buffers_from_anyone()
    {
        Bench.Rule();
        var frame = new TestFrame().Build();
        for (var i = 0; i < 500; i++)
        {
            Bench.Right.SendOwn(frame);
            Assert.That(Bench.StepUntil(() => Bench.RightStation.TryReceive() is { } one && one.SequenceEqual(frame)), Is.True);
        }

        Assert.That(Bench.HasAllBuffers());
        Assert.That(Bench.Right.Counters.Sent, Is.EqualTo(500));
    }

    [Test]
    public void Nothing_is_allocated_while_frames_cross()
    {
        Bench.Rule();
        var frame = new TestFrame().Build();
        long allocated = 0;
        for (var round = 0; round < 400; round++)
        {
            for (var i = 0; i < 20; i++) Bench.LeftStation.Send(frame);
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10; i++) Bench.Step();
            if (round > 100) allocated += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.That(allocated, Is.Zero);
        Assert.That(Bench.Right.Counters.Sent, Is.EqualTo(8000));
    }
}
