using System.Buffers.Binary;
using Holdfast.Chaos.Networks;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Replicator.Root;
using Holdfast.Tests.Process.Xdp;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>Ports of DPDK's net_af_packet on both sides of a root, over veth.</summary>
public sealed class AfPacketTests
{
    private PortBench _bench = null!;
    private DpdkMemory? _memory;

    [TearDown]
    public void Disconnect()
    {
        _bench?.Dispose();
        (_bench, _memory) = (null!, null);
    }

    [Test]
    public void Frames_of_every_length_cross_as_they_are() => Connect().Rule().AssertThatFramesOfEveryLengthCrossAsTheyAre();

    [Test]
    public void What_came_before_the_node_ruled_is_thrown_away()
    {
        Connect();
        _ = _bench.Root; // its ports run from now on
        for (var i = 0; i < 300; i++) _bench.LeftStation.Send(new TestFrame { Identifier = (ushort)i }.Build());
        Thread.Sleep(50);
        _bench.Rule();
        Assert.That(_bench.StepUntil(() => _bench.Left.Counters.Received > 0, 200), Is.False);
        var frame = new TestFrame().Build();
        Assert.That(_bench.Pass(frame), Is.EqualTo(frame));
        Assert.That(_bench.HasAllBuffers(), "a buffer is lost");
    }

    [Test]
    public void Under_load_no_flow_is_reordered_whatever_its_queue([Values(1, 4)] int queues)
    {
        Connect(queues).Rule();
        const int frames = 20_000, flows = 16;
        var last = new ulong[flows];
        int sent = 0, received = 0;
        var templates = Enumerable.Range(0, flows).Select(flow => new TestFrame { SourcePort = (ushort)(1000 + flow), Payload = new byte[64] }.Build()).ToArray();
        while (sent < frames)
        {
            for (var i = 0; i < 64; i++)
            {
                var frame = templates[sent % flows];
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(50), (ulong)++sent);
                _bench.LeftStation.Send(frame);
            }

            _bench.Step();
            _bench.Step();
            TakeOut();
        }

        Assert.That(_bench.StepUntil(() => { TakeOut(); return received == sent; }), $"{received} of {sent}; {_bench.Left.Counters}");
        Assert.That(_bench.HasAllBuffers(), $"{_bench.Buffers.Free} free, {_bench.Buffers.InPorts} in ports of {_bench.Buffers.Total}");

        void TakeOut()
        {
            while (_bench.RightStation.TryReceive() is { } one)
            {
                var flow = BinaryPrimitives.ReadUInt16BigEndian(one.AsSpan(34)) - 1000;
                var number = BinaryPrimitives.ReadUInt64BigEndian(one.AsSpan(50));
                Assert.That(number, Is.GreaterThan(last[flow]), $"flow {flow} is out of order");
                last[flow] = number;
                received++;
            }
        }
    }

    [Test]
    public void A_checksum_that_is_left_to_the_hardware_is_finished() => Connect().Rule().AssertThatChecksumsLeftToTheHardwareAreFinished();

    [Test]
    public void A_tag_that_the_kernel_took_out_is_back_in_the_frame()
    {
        // Without a root: what the right station hears has lost its tag in the station's packet socket.
        Connect();
        var port = _bench.Left;
        var kept = Enumerable.Range(0, port.BuffersKept).Select(i => (uint)i).ToArray();
        _ = _bench.Place.Do(() => { port.Lend(kept); return 0; });
        port.Open(_bench.Pool);
        var frame = new TestFrame { VlanTypes = [0x8100] }.Build();
        _bench.LeftStation.Send(frame);
        uint[] buffers = [4000];
        Assert.That(SpinWait.SpinUntil(() => port.Receive(_bench.Pool, buffers) == 1, 5000), Is.True);
        Assert.That(_bench.Pool.Frame(buffers[0]).ToArray(), Is.EqualTo(frame));
    }

    [Test]
    public void What_the_driver_cuts_off_does_not_enter_the_chain()
    {
        Connect().Rule();
        _bench.LeftPlace.Ip("link set far mtu 9000");
        _bench.Place.Ip("link set l-port mtu 9000");
        _bench.LeftStation.Send(new TestFrame { Payload = new byte[5000] }.Build());
        Assert.That(_bench.StepUntil(() => _bench.Left.Counters.Refused == 1), $"{_bench.Left.Counters}");
        var report = ((IInterfacePort)_bench.Left).Report();
        Assert.That(report.RefusedByReason, Does.ContainKey("giant"));
        Assert.That(report.Remedy, Does.Contain("ethtool -K IF tso off gso off"));
        Assert.That(_bench.RightStation.TryReceive(), Is.Null);
        Assert.That(_bench.HasAllBuffers(), "a buffer is lost");
    }

    [Test]
    public void An_interface_that_takes_nothing_costs_frames_and_no_buffers()
    {
        Connect().Rule();
        _bench.Place.Ip("link set r-port down");
        for (var i = 0; i < 2000; i++)
        {
            _bench.LeftStation.Send(new TestFrame().Build());
            _bench.Step();
        }

        Assert.That(_bench.HasAllBuffers(), $"{_bench.Buffers.Free} free, {_bench.Buffers.InPorts} in ports of {_bench.Buffers.Total}");
        _bench.Place.Ip("link set r-port up");
        var frame = new TestFrame().Build();
        Assert.That(Enumerable.Range(0, 20).Any(_ => _bench.Pass(frame) is not null), "nothing crosses any more");
    }

    private PortBench Connect(int queues = 1)
    {
        DpdkRequirement.Start();
        var number = 0;
        return _bench = new PortBench((name, pool) => DpdkRequirement.Port(_memory ??= DpdkRequirement.Memory(pool),
            $"net_af_packet{number++},iface={name},qpairs={queues}", queues, descriptors: 64), buffers: 8192)
        {
            BetweenPortsAndPool = () => _memory?.Dispose(), // fails the test when a driver has kept a buffer
        };
    }
}
