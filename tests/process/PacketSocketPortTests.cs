using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Holdfast.Chaos.Networks;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Tests.Process.Networks;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>A packet socket port at one end of a cable, the test at the other.</summary>
public sealed class PacketSocketPortTests
{
    private NetworkNamespace _here = null!, _there = null!;
    private PacketPool _pool = null!;
    private PacketSocketPort _port = null!;
    private RawStation _station = null!;

    [SetUp]
    public void Connect()
    {
        NetworkNamespace.Require();
        _here = new NetworkNamespace("port");
        _there = new NetworkNamespace("station");
        Cable();
        _pool = PacketPool.OnHeap(256);
        _port = _here.Do(() => new PacketSocketPort("p"));
        _station = new RawStation(_there, "s");
    }

    [TearDown]
    public void Disconnect()
    {
        _station?.Dispose();
        _port?.Dispose();
        _pool?.Dispose();
        _here?.Dispose();
        _there?.Dispose();
    }

    [Test]
    public void Frames_cross_in_both_directions_as_they_are()
    {
        Open();
        var frame = new TestFrame().Build();
        _station.Send(frame);
        Assert.That(Receive(), Is.EqualTo(frame));
        var answer = new TestFrame { SourceMac = 0x0200_0000_0002 }.Build();
        Send(answer);
        Assert.That(_station.Receive(f => f.SequenceEqual(answer)), Is.Not.Null);
        Assert.That(_port.Counters, Is.EqualTo(new Replicator.Root.PortCounters(1, 0, 0, 1, 0)));
    }

    [Test]
    public void The_interface_is_asked_for_frames_to_others_too()
    {
        Assert.That(_here.Ip("-d link show dev p"), Does.Contain("promiscuity 1"));
        _here.Ip("link delete p");
        Until(() => _port.Report().State == LinkState.Missing);
        Cable();
        Until(() => _port.Report().State == LinkState.Up);
        Assert.That(_here.Ip("-d link show dev p"), Does.Contain("promiscuity 1"));
        _port.Dispose();
        Assert.That(_here.Ip("-d link show dev p"), Does.Contain("promiscuity 0"));
        _port = _here.Do(() => new PacketSocketPort("p"));
    }

    [Test]
    public void A_tag_that_the_kernel_takes_out_is_put_back()
    {
        Open();
        foreach (ushort[] tags in new ushort[][] { [0x8100], [0x88a8], [0x88a8, 0x8100] })
        {
            var frame = new TestFrame { VlanTypes = tags }.Build();
            _station.Send(frame);
            Assert.That(Receive(), Is.EqualTo(frame));
        }
    }

    [Test]
    public void A_checksum_that_is_left_to_the_hardware_is_finished()
    {
        Open();
        using var socket = UdpSocketThere();
        socket.SendTo([1, 2, 3], Nobody);
        var frame = Receive(IsIPv4);
        Assert.That(LongChecksum.Residuals(frame), Is.EqualTo((0xFFFF, 0xFFFF)), Convert.ToHexString(frame));
    }

    [Test]
    public void A_checksum_behind_a_tag_that_the_kernel_takes_out_is_finished()
    {
        Open();
        var finished = new TestFrame { VlanTypes = [0x8100] }.Build();
        var unfinished = finished.ToArray();
        const int transport = 14 + 4 + 20;
        // What the sender leaves there: the sum of the pseudo header.
        var pseudo = InternetChecksum.Sum([.. finished[30..38], 0, 17, .. finished[(transport + 4)..(transport + 6)]]);
        BinaryPrimitives.WriteUInt16BigEndian(unfinished.AsSpan(transport + 6), pseudo);
        _station.SendUnfinished(unfinished, transport, 6);
        Assert.That(Receive(), Is.EqualTo(finished));
    }

    [Test]
    public void Several_segments_in_one_frame_are_refused_and_the_remedy_is_named()
    {
        Open();
        using var socket = UdpSocketThere();
        socket.SetRawSocketOption(17, 103, [0xF4, 1, 0, 0]); // SOL_UDP, UDP_SEGMENT: 500 bytes each
        socket.SendTo(new byte[3000], Nobody);
        Until(() => _port.Counters.Refused > 0);
        var report = _port.Report();
        Assert.That(report.RefusedByReason, Is.EqualTo(new Dictionary<string, ulong> { ["giant"] = 1 }));
        Assert.That(report.Remedy, Does.Contain("ethtool -K"));

        _there.Run("ethtool", "-K", "s", "tx-udp-segmentation", "off", "gso", "off");
        socket.SendTo(new byte[3000], Nobody);
        Assert.That(Receive(IsIPv4), Has.Length.EqualTo(14 + 20 + 8 + 500));
        Assert.That(_port.Counters.Refused, Is.EqualTo(1));
    }

    [Test]
    public void A_frame_longer_than_a_buffer_is_refused()
    {
        Open();
        _here.Ip("link set dev p mtu 9000");
        _there.Ip("link set dev s mtu 9000");
        var longest = Padded(PacketPool.MaxFrameBytes);
        _station.Send(Padded(PacketPool.MaxFrameBytes + 1));
        _station.Send(Padded(9000));
        _station.Send(longest);
        Assert.That(Receive(), Is.EqualTo(longest));
        Assert.That(_port.Report().RefusedByReason, Is.EqualTo(new Dictionary<string, ulong> { ["tooLong"] = 2 }));
    }

    [Test]
    public void A_frame_longer_than_the_interfaces_MTU_does_not_leave_and_the_next_does()
    {
        Open();
        var fits = Padded(1514);
        _pool.Fill(1, Padded(1515));
        _pool.Fill(2, fits);
        _port.Send(_pool, 1, _pool.Frame(1), 1, 0, 1);
        _port.Send(_pool, 2, _pool.Frame(2), 2, 0, 1);
        _port.Flush();
        Assert.That(_station.Receive(f => f.SequenceEqual(fits)), Is.Not.Null);
        Assert.That((_port.Counters.Sent, _port.Counters.SendErrors), Is.EqualTo((1, 1)));
        Assert.That(_port.Report().SendErrorsByReason, Is.EqualTo(new Dictionary<string, ulong> { ["tooLong"] = 1 }));
        Assert.That(_port.TakeBack(new uint[4]), Is.EqualTo(2));
    }

    [Test]
    public void What_the_interfaces_queue_does_not_take_is_counted_and_nobody_waits()
    {
        Open();
        _here.Run("tc", "qdisc", "add", "dev", "p", "root", "tbf", "rate", "8kbit", "burst", "2000", "limit", "3000");
        for (uint i = 0; i < 32; i++)
        {
            _pool.Fill(i, Padded(1000));
            _port.Send(_pool, i, _pool.Frame(i), i, 0, 1);
        }

        _port.Flush();
        Assert.That(_port.Counters.Sent + _port.Counters.SendErrors, Is.EqualTo(32));
        Assert.That(_port.Report().SendErrorsByReason["noRoom"], Is.GreaterThan(20UL));
        Assert.That(_port.Report().Remedy, Does.Contain("tc -s qdisc"));
        Assert.That(_port.TakeBack(new uint[64]), Is.EqualTo(32));
    }

    [Test]
    public void A_frame_leaves_as_it_was_checked_whatever_the_metadata_says_later()
    {
        Open();
        var frame = new TestFrame().Build();
        _pool.Fill(1, frame);
        _port.Send(_pool, 1, _pool.Frame(1), 1, 0, 1);
        _pool.Metadata(1).Offset = ushort.MaxValue;
        _pool.Metadata(1).Length = ushort.MaxValue;
        _port.Flush();
        Assert.That(_station.Receive(f => f.SequenceEqual(frame)), Is.Not.Null);
    }

    [Test]
    public void More_frames_than_a_batch_leave_in_order()
    {
        Open();
        for (uint i = 0; i < 100; i++)
        {
            _pool.Fill(i, new TestFrame { Identifier = (ushort)i, Payload = [(byte)i] }.Build());
            Assert.That(_port.Send(_pool, i, _pool.Frame(i), i, 0, 1), Is.EqualTo(Replicator.Root.SendOutcome.Kept));
        }

        _port.Flush();
        for (var i = 0; i < 100; i++) Assert.That(_station.Receive(IsIPv4)![42], Is.EqualTo(i));
        var back = new List<uint>();
        var some = new uint[64];
        for (int count; (count = _port.TakeBack(some)) > 0;) back.AddRange(some[..count]);
        Assert.That(back, Is.EquivalentTo(Enumerable.Range(0, 100)));
    }

    [Test]
    public void Own_frames_do_not_come_back()
    {
        Open();
        for (var i = 0; i < 10; i++) Send(new TestFrame().Build());
        _port.SendOwn(new TestFrame().Build());
        Assert.That(_station.Receive(IsIPv4), Is.Not.Null);
        Thread.Sleep(50);
        Assert.That(_port.HasWaiting, Is.False);
        Assert.That(_port.Counters.Sent, Is.EqualTo(11));
    }

    [Test]
    public void A_port_that_is_not_open_hears_nothing()
    {
        for (var i = 0; i < 10; i++) _station.Send(new TestFrame().Build());
        Thread.Sleep(50);
        Assert.That(_port.HasWaiting, Is.False);
        Open();
        Assert.That(_port.HasWaiting, Is.False, "what came before is another node's");
        var frame = new TestFrame { Payload = [99] }.Build();
        _station.Send(frame);
        Assert.That(Receive(), Is.EqualTo(frame));
    }

    [Test]
    public void What_waits_is_thrown_away()
    {
        Open();
        for (var i = 0; i < 3000; i++) _station.Send(new TestFrame().Build());
        Until(() => _port.HasWaiting);
        _port.DiscardWaiting();
        Assert.That(_port.HasWaiting, Is.False);
        var frame = new TestFrame { Payload = [99] }.Build();
        _station.Send(frame);
        Assert.That(Receive(), Is.EqualTo(frame));
    }

    [Test]
    public void What_finds_no_room_is_counted_by_the_kernel()
    {
        Open();
        const int extra = 500;
        for (var i = 0; i < ReceiveRing.Frames + extra; i++) _station.Send(new TestFrame().Build());
        for (var i = 0; i < ReceiveRing.Frames; i++) _ = Receive();
        Until(() => _port.Counters.DroppedByKernel > 0);
        Assert.That((_port.Counters.Received, _port.Counters.DroppedByKernel), Is.EqualTo(((ulong)ReceiveRing.Frames, extra)));
        Thread.Sleep(150);
        _port.Flush();
        Assert.That(_port.Counters.DroppedByKernel, Is.EqualTo(extra), "reading sets the kernel's count to zero");
    }

    [Test]
    public void A_link_may_go_down_and_up()
    {
        Open();
        Assert.That(_port.Report().State, Is.EqualTo(LinkState.Up));
        _here.Ip("link set dev p down");
        Until(() => _port.Report().State == LinkState.Down);
        Send(new TestFrame().Build());
        Assert.That(_port.Report().SendErrorsByReason, Is.EqualTo(new Dictionary<string, ulong> { ["linkDown"] = 1 }));
        _here.Ip("link set dev p up");
        Until(() => _port.Report().State == LinkState.Up);
        AssertCarries();
    }

    [Test]
    public void A_link_without_a_cable_is_down()
    {
        _there.Ip("link set dev s down");
        Until(() => _port.Report().State == LinkState.Down);
    }

    [Test]
    public void An_interface_may_go_and_come_again()
    {
        Open();
        for (var i = 0; i < 2; i++)
        {
            _here.Ip("link delete p");
            Until(() => _port.Report().State == LinkState.Missing);
            Send(new TestFrame().Build());
            Cable();
            _station.Dispose();
            _station = new RawStation(_there, "s");
            Until(() => _port.Report().State == LinkState.Up);
            AssertCarries();
        }

        Assert.That(_port.Report().SendErrorsByReason["linkDown"], Is.EqualTo(2));
    }

    [Test]
    public void An_interface_that_comes_again_is_heard_only_by_an_open_port()
    {
        _here.Ip("link delete p");
        Until(() => _port.Report().State == LinkState.Missing);
        Cable();
        _station.Dispose();
        _station = new RawStation(_there, "s");
        Until(() => _port.Report().State == LinkState.Up);
        _station.Send(new TestFrame().Build());
        Thread.Sleep(50);
        Assert.That(_port.HasWaiting, Is.False);
        Open();
        AssertCarries();
    }

    [Test]
    public void A_sleeper_is_woken_by_a_frame_and_not_for_ever_by_a_link_that_went_down()
    {
        Open();
        Assert.That(Sleeps(), Is.True);
        _station.Send(new TestFrame().Build());
        Assert.That(Sleeps(), Is.False);
        _ = Receive();
        Assert.That(Sleeps(), Is.True);
        _here.Ip("link set dev p down");
        Until(Sleeps);
    }

    [Test]
    public void Nothing_is_allocated_while_frames_flow()
    {
        Open();
        var frame = new TestFrame { VlanTypes = [0x8100] }.Build();
        var buffers = new uint[32];
        for (uint i = 0; i < buffers.Length; i++) buffers[i] = i;
        Play();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Play();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(_port.Counters.Sent, Is.EqualTo(8000));

        void Play()
        {
            var deadline = Environment.TickCount64 + 10_000;
            for (var sent = 0; sent < 4000 && Environment.TickCount64 < deadline;)
            {
                _station.Send(frame);
                sent += _port.Receive(_pool, buffers.AsSpan(0, 1));
                if (sent == 0) continue;
                _port.Send(_pool, 0, _pool.Frame(0), 1, 0, 1);
                _port.Flush();
                _port.AnnounceSleep();
                _ = _port.TakeBack(buffers);
                buffers[0] = 0;
            }
        }
    }

    private void Cable()
    {
        NetworkNamespace.Connect(_here, "p", _there, "s");
        _here.Silence("p");
        _there.Silence("s");
        _there.Ip("link set dev s arp on");
    }

    private static readonly IPEndPoint Nobody = new(IPAddress.Parse("10.9.0.9"), 5000);

    private static bool IsIPv4(byte[] frame) => frame[12] == 8 && frame[13] == 0;

    private static byte[] Padded(int length) => [.. new TestFrame().Build(), .. new byte[length - new TestFrame().Build().Length]];

    /// <summary>A socket of the kernel at the other end, whose neighbour it knows without asking.</summary>
    private Socket UdpSocketThere()
    {
        _there.Ip("addr add 10.9.0.2/24 dev s");
        _there.Ip("neigh add 10.9.0.9 lladdr 02:00:00:00:00:09 dev s");
        return _there.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
    }

    private bool Sleeps()
    {
        _port.AnnounceSleep();
        var waiting = new Mono.Unix.Native.Pollfd { fd = _port.WaitFd, events = Mono.Unix.Native.PollEvents.POLLIN };
        return Mono.Unix.Native.Syscall.poll([waiting], 1, 50) == 0;
    }

    private void AssertCarries()
    {
        var frame = new TestFrame { Payload = [1, 2, 3, 99] }.Build();
        _station.Send(frame);
        Assert.That(Receive(f => f.SequenceEqual(frame)), Is.Not.Null);
        Send(frame);
        Assert.That(_station.Receive(f => f.SequenceEqual(frame)), Is.Not.Null);
    }

    /// <summary>Steps the port until something is so.</summary>
    private void Until(Func<bool> isSo)
    {
        var deadline = Environment.TickCount64 + 3000;
        var buffers = new uint[4];
        while (!isSo())
        {
            if (Environment.TickCount64 > deadline) throw new AssertionException("that does not happen");
            if (!_port.HasWaiting) Thread.Sleep(1);
            else if (isSo()) return;
            else _ = _port.Receive(_pool, buffers);
            _port.Flush();
        }
    }

    private void Open() => _port.Open(_pool);

    private byte[] Receive(Func<byte[], bool>? wanted = null)
    {
        var deadline = Environment.TickCount64 + 2000;
        var buffers = new uint[1];
        while (Environment.TickCount64 < deadline)
        {
            if (_port.Receive(_pool, buffers) == 0)
            {
                _port.Flush();
                Thread.Sleep(1);
                continue;
            }

            var frame = _pool.Frame(buffers[0]).ToArray();
            if (wanted is null || wanted(frame)) return frame;
        }

        throw new AssertionException("no frame came in");
    }

    private void Send(byte[] frame, uint buffer = 7)
    {
        _pool.Fill(buffer, frame);
        _port.Send(_pool, buffer, _pool.Frame(buffer), 1, 0, 1);
        _port.Flush();
        var back = new uint[4];
        Assert.That(back[.._port.TakeBack(back)], Is.EqualTo(new[] { buffer }));
    }
}
