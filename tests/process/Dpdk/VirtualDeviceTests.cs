using System.Buffers.Binary;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Replicator.Root;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>Ports on devices that need no network and no root, stepped by the test in the root's place.</summary>
public sealed class VirtualDeviceTests
{
    private const int Burst = 32;

    private string _directory = "";
    private DpdkBench _bench = null!;

    [SetUp]
    public void Make()
    {
        _directory = Directory.CreateTempSubdirectory("holdfast-dpdk-").FullName;
        _bench = new DpdkBench();
    }

    [TearDown]
    public void Free()
    {
        _bench?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void A_ring_gives_back_what_was_sent_in_order_and_every_buffer()
    {
        var port = _bench.Open("net_ring0");
        var free = _bench.Buffers.Free;
        ulong sent = 0, received = 0;
        for (var round = 0; round < 500; round++)
        {
            var burst = (round % Burst) + 1;
            for (var i = 0; i < burst; i++) _bench.SendNumber(port, ++sent);
            port.Flush();
            received = _bench.ReceiveNumbers(port, received);
            _bench.GiveBack(port);
        }

        Assert.That(received, Is.EqualTo(sent));
        Assert.That(port.Counters, Is.EqualTo(new PortCounters(sent, 0, 0, sent, 0)));
        _bench.GiveBack(port);
        Assert.That(_bench.Buffers.Free, Is.EqualTo(free), "a buffer is lost");
    }

    [Test]
    public void A_full_ring_keeps_frames_waiting_then_refuses_and_loses_no_buffer()
    {
        var port = _bench.Open("net_ring0");
        var free = _bench.Buffers.Free;
        ulong sent = 0, refused = 0;
        while (refused < 10)
        {
            if (_bench.SendNumber(port, sent + 1)) sent++;
            else refused++;
        }

        Assert.That(port.Report().SendErrorsByReason, Does.ContainKey("noRoom").WithValue(refused));
        Assert.That(sent, Is.GreaterThan(1024UL), "the driver's queue and ours");
        _bench.GiveBack(port);
        var received = 0UL;
        for (var i = 0; i < 2000 && received < sent; i++)
        {
            received = _bench.ReceiveNumbers(port, received);
            port.Flush();
            _bench.GiveBack(port);
        }

        Assert.That(received, Is.EqualTo(sent), "what was taken leaves, in order");
        Assert.That(_bench.Buffers.Free, Is.EqualTo(free));
    }

    [Test]
    public void Closing_with_frames_everywhere_takes_every_buffer_from_the_driver()
    {
        var port = _bench.Open("net_ring0");
        for (ulong i = 1; i < 2000; i++) _bench.SendNumber(port, i); // ring and queue are full: at the end it is looked whether they come back
        _ = _bench.Receive(port);
    }

    [Test]
    public void A_recording_comes_in_and_goes_out_as_it_is_also_by_several_queues([Values(1, 2)] int queues)
    {
        var (left, right) = (Path.Combine(TestContext.CurrentContext.TestDirectory, "captures", "mixed.pcap"),
            Path.Combine(TestContext.CurrentContext.TestDirectory, "captures", "tcpdump.pcap"));
        var outFile = Path.Combine(_directory, "out.pcap");
        var from = _bench.Open(queues == 1 ? $"net_pcap0,rx_pcap={left}" : $"net_pcap0,rx_pcap={left},rx_pcap={right}", queues);
        var to = _bench.Open($"net_pcap1,tx_pcap={outFile}");
        var free = _bench.Buffers.Free;
        for (var idle = 0; idle < 10;)
        {
            var received = _bench.Receive(from);
            idle = received.Length == 0 ? idle + 1 : 0;
            foreach (var buffer in received) _bench.Send(to, buffer);
            to.Flush();
            _bench.GiveBack(from);
        }

        Assert.That(_bench.Buffers.Free, Is.EqualTo(free));
        _bench.Close(); // the driver writes its file to the end
        var all = Recording.Frames(outFile);
        var first = Recording.Frames(left).Where(frame => frame.Length <= PacketPool.MaxFrameBytes).ToList();
        if (queues == 1)
        {
            Assert.That(all, Is.EqualTo(first));
            return;
        }

        // Whatever the queues' turns, each keeps its order.
        var second = Recording.Frames(right).Where(frame => frame.Length is >= 14 and <= PacketPool.MaxFrameBytes).ToList();
        Assert.That(all, Has.Count.EqualTo(first.Count + second.Count));
        Assert.That(IsMerged(all, first, second), "a queue's frames changed places");
    }

    [Test]
    public void A_frame_of_a_VLAN_port_leaves_with_its_tag()
    {
        var file = Path.Combine(_directory, "out.pcap");
        var port = _bench.Open($"net_pcap1,tx_pcap={file}", vlan: 42);
        var frame = new TestFrame().Build();
        _bench.Send(port, frame);
        port.Flush();
        _bench.Close();
        Assert.That(Recording.Frames(file), Is.EqualTo(new[] { (byte[])[.. frame[..12], 0x81, 0, 0, 42, .. frame[12..]] }));
    }

    [Test]
    public void A_frame_leaves_from_where_it_was_checked_to_be_whatever_an_NF_says_by_then([Values(0, 2000, 65535)] int offset)
    {
        var file = Path.Combine(_directory, "out.pcap");
        var port = _bench.Open($"net_pcap1,tx_pcap={file}");
        var frame = new TestFrame().Build();
        var buffer = _bench.Buffers.PeekFree(1)[0];
        _bench.Pool.Fill(buffer, frame);
        var found = _bench.Pool.Frame(buffer);
        _bench.Pool.Metadata(buffer).Offset = (ushort)offset;
        Assert.That(port.Send(_bench.Pool, buffer, found, 0, 0, 0), Is.EqualTo(SendOutcome.Kept));
        port.Flush();
        _bench.Close();
        Assert.That(Recording.Frames(file), Is.EqualTo(new[] { frame }));
    }

    [Test]
    public void Nothing_is_allocated_while_frames_flow()
    {
        var from = _bench.Open("net_null0,size=60");
        var to = _bench.Open("net_null1");
        Cross(from, to, 20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Cross(from, to, 20_000);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        Assert.That(to.Counters.Sent, Is.EqualTo(from.Counters.Received).And.GreaterThan(100_000UL));
    }

    [Test]
    public void A_device_can_be_had_again_by_the_next_life()
    {
        for (var life = 0; life < 5; life++)
        {
            using var pool = PacketPool.Create(2048, preferHugePages: false);
            using var memory = DpdkRequirement.Memory(pool);
            using var port = DpdkRequirement.Port(memory, "net_null0,size=60");
            port.Lend([.. Enumerable.Range(0, port.BuffersKept).Select(i => (uint)i)]);
            port.Open(pool);
            uint[] empty = [2000];
            Assert.That(port.Receive(pool, empty), Is.EqualTo(1));
        }
    }

    [Test]
    public void Two_ports_on_one_memif_hear_each_other()
    {
        var socket = Path.Combine(_directory, "memif.sock");
        var server = _bench.Open($"net_memif0,role=server,socket={socket},socket-abstract=no");
        var client = _bench.Open($"net_memif1,role=client,socket={socket},socket-abstract=no");
        Assert.That(SpinWait.SpinUntil(() => IsUp(server) && IsUp(client), 10_000), "they don't meet");
        var free = _bench.Buffers.Free;
        foreach (var (one, other) in new[] { (server, client), (client, server) })
        {
            for (ulong i = 1; i <= 100; i++) _bench.SendNumber(one, i);
            var received = 0UL;
            Assert.That(SpinWait.SpinUntil(() => { one.Flush(); return (received = _bench.ReceiveNumbers(other, received)) == 100; }, 5_000), $"{received}; {one.Counters} {one.Report().State}; {other.Counters} {other.Report().State}");
        }

        Assert.That(SpinWait.SpinUntil(() => { _bench.GiveBack(server); _bench.GiveBack(client); return _bench.Buffers.Free == free; }, 5_000), $"{_bench.Buffers.Free} of {free}");
    }

    [TestCase("net_pcap0,rx_pcap=/nowhere.pcap", "can't take it", "nowhere.pcap")]
    [TestCase("net_nosuch0", "can't take it", "apt-get install dpdk")]
    public void Who_can_not_be_had_says_why(string device, params string[] parts)
    {
        var error = Assert.Throws<Native.DpdkException>(() => DpdkRequirement.Port(_bench.Memory, device))!;
        foreach (var part in parts) Assert.That(error.Message, Does.Contain(part));
        _bench.Open("net_null0"); // and nothing of it is left
    }

    [Test]
    public void A_device_is_given_once()
    {
        using var first = DpdkRequirement.Port(_bench.Memory, "net_null5");
        Assert.That(() => DpdkRequirement.Port(_bench.Memory, "net_null5,size=70"), Throws.TypeOf<Native.DpdkException>().With.Message.Contains("name another device"));
        first.Dispose();
        using var next = DpdkRequirement.Port(_bench.Memory, "net_null5,size=70");
    }

    [Test]
    public void Too_many_queues_and_too_few_buffers_are_refused_with_the_number()
    {
        Assert.That(() => DpdkRequirement.Port(_bench.Memory, "net_ring3", queues: 200), Throws.TypeOf<Native.DpdkException>().With.Message.Contains("receive queues, not 200"));
        using var port = DpdkRequirement.Port(_bench.Memory, "net_null3");
        Assert.That(() => port.Lend([1, 2, 3]), Throws.TypeOf<Native.DpdkException>().With.Message.Contains("chain.packetBuffers by"));
    }

    private static bool IsUp(DpdkPort port)
    {
        port.AnnounceSleep(); // where it looks
        return port.Report().State == Nfmgr.Interfaces.LinkState.Up;
    }

    private void Cross(DpdkPort from, DpdkPort to, int rounds)
    {
        Span<uint> buffers = stackalloc uint[Burst], own = stackalloc uint[8 * Burst];
        for (var i = 0; i < own.Length; i++) own[i] = (uint)(5000 + i);
        var have = own.Length;
        for (var round = 0; round < rounds && have >= Burst; round++)
        {
            own[(have - Burst)..have].CopyTo(buffers);
            var received = from.Receive(_bench.Pool, buffers);
            // The first of those that were given are the port's now.
            own[(have - Burst + received)..have].CopyTo(own[(have - Burst)..]);
            have -= received;
            foreach (var buffer in buffers[..received]) _ = to.Send(_bench.Pool, buffer, _bench.Pool.Frame(buffer), 0, 0, 0);
            to.Flush();
            have += to.TakeBack(own[have..]);
        }
    }

    /// <summary>Whether all of a list is two others, each in its order.</summary>
    private static bool IsMerged(List<byte[]> all, List<byte[]> first, List<byte[]> second)
    {
        // Which of the two a frame is from can be open where both have the same next.
        var reachable = new HashSet<int> { 0 }; // frames taken of the first
        for (var i = 0; i < all.Count; i++)
        {
            var next = new HashSet<int>();
            foreach (var taken in reachable)
            {
                if (taken < first.Count && all[i].AsSpan().SequenceEqual(first[taken])) next.Add(taken + 1);
                if (i - taken < second.Count && all[i].AsSpan().SequenceEqual(second[i - taken])) next.Add(taken);
            }

            reachable = next;
        }

        return reachable.Contains(first.Count);
    }
}
