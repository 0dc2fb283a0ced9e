using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>Packets, drops, ticks and flow control of one NF's run loop.</summary>
public sealed class NfLoopTests
{
    private const Direction Right = Direction.LeftToRight, Left = Direction.RightToLeft;
    private ToldFunction _nf = null!;
    private LoopRig _rig = null!;

    [SetUp]
    public void Make() => _rig = new LoopRig(_nf = new ToldFunction());

    [TearDown]
    public void Free() => _rig.Dispose();

    [Test]
    public void Both_directions_keep_their_order_in_batches_of_up_to_32()
    {
        _rig.SendPackets(Right, 0, 50);
        _rig.SendPackets(Left, 100, 20);
        Assert.That(_rig.Run(), Is.EqualTo(70));
        Assert.That(_rig.Drain(Right), Is.EqualTo(Enumerable.Range(0, 50).Select(i => Descriptor.Packet((uint)i))));
        Assert.That(_rig.Drain(Left), Is.EqualTo(Enumerable.Range(100, 20).Select(i => Descriptor.Packet((uint)i))));
        Assert.That(_nf.Batches, Is.EqualTo(new[] { (Right, 32), (Left, 20), (Right, 18) }));
        Assert.That(_rig.Loop.DoWork(), Is.Zero, "nothing is left");
    }

    [Test]
    public void A_packet_shows_its_frame_time_and_side()
    {
        var seen = new List<(byte[] Bytes, long Time, bool FromLeft)>();
        using var rig = new LoopRig(new ActingFunction(batch =>
        {
            foreach (var p in batch)
            {
                seen.Add((p.Bytes.ToArray(), p.Time, p.FromLeft));
                p.Write(2)[1] = 9;
                batch.Forward(p);
            }
        }));
        rig.Pool.Fill(5, [1, 2, 3]);
        rig.Pool.Metadata(5).Time = 77;
        rig.SendPackets(Left, 5, 1);
        rig.Run();
        Assert.That(seen, Has.Count.EqualTo(1));
        Assert.That((seen[0].Time, seen[0].FromLeft), Is.EqualTo((77L, false)));
        Assert.That(seen[0].Bytes, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(rig.Pool.Frame(5).ToArray(), Is.EqualTo(new byte[] { 1, 9, 3 }), "changed in place");
    }

    [Test]
    public void Dropped_packets_go_back_and_are_counted_by_reason()
    {
        _nf.Drops[1] = DropReason.Policy;
        _nf.Drops[3] = DropReason.TableFull;
        _nf.Drops[4] = null;
        _nf.Drops[6] = (DropReason)254;
        _rig.SendPackets(Right, 0, 8);
        _rig.Run();
        Assert.That(_rig.Drain(Right).Select(d => d.Value), Is.EqualTo(new[] { 0, 2, 5, 7 }));
        Assert.That(LoopRig.Drain(_rig.Returned).Select(d => d.Value), Is.EqualTo(new[] { 1, 3, 4, 6 }));
        ref var statistics = ref _rig.Block.Statistics;
        Assert.That((statistics.Dropped[(int)DropReason.Policy], statistics.Dropped[(int)DropReason.TableFull],
            statistics.Dropped[(int)DropReason.Undecided]), Is.EqualTo((1UL, 1UL, 1UL)));
        Assert.That((statistics.Forwarded, statistics.PacketsLeftToRight, statistics.PacketsRightToLeft,
            statistics.Batches),
            Is.EqualTo((4UL, 8UL, 0UL, 1UL)));
    }

    [Test]
    public void It_never_sends_more_than_there_is_room_for_and_keeps_one_for_a_barrier()
    {
        var random = new Random(1);
        using var rig = new LoopRig(_nf = new ToldFunction(), capacity: 16);
        uint sent = 0;
        var received = new List<ulong>();
        for (var round = 0; round < 5000; round++)
        {
            for (var i = random.Next(20); i > 0 && rig.In[0].Room(1) > 0; i--) rig.SendPackets(Right, sent++ % 1024, 1);
            rig.Run();
            Assert.That(rig.Out[0].Available(16), Is.LessThanOrEqualTo(15), "packets leave a slot for a barrier");
            for (var i = random.Next(20); i > 0 && rig.Out[0].Available() > 0; i--)
            {
                received.Add(rig.Out[0].Peek(0).Value);
                rig.Out[0].Advance(1);
            }
        }

        Assert.That(received, Has.Count.GreaterThan(10_000));
        Assert.That(received, Is.EqualTo(Enumerable.Range(0, received.Count).Select(i => (ulong)i % 1024)));
    }

    [Test]
    public void A_barrier_gets_through_when_no_packet_does()
    {
        using var rig = new LoopRig(_nf, capacity: 16);
        rig.SendPackets(Right, 0, 15);
        rig.Run();
        rig.Send(Right, Descriptor.Packet(15));
        Assert.That(rig.Run(), Is.Zero, "the last slot is not for packets");
        Assert.That(rig.Drain(Right), Has.Count.EqualTo(15));
        rig.Run();
        rig.Drain(Right);

        rig.SendPackets(Right, 0, 15);
        rig.Run();
        rig.Send(Right, Descriptor.Barrier(1, join: false));
        Assert.That(rig.Run(), Is.EqualTo(1));
        Assert.That(rig.Drain(Right)[^1].Kind, Is.EqualTo(DescriptorKind.Barrier));
    }

    [Test]
    public void A_full_output_stops_its_direction_only()
    {
        using var rig = new LoopRig(_nf, capacity: 16);
        rig.SendPackets(Right, 0, 15);
        rig.Run();
        rig.SendPackets(Right, 15, 5);
        rig.SendPackets(Left, 100, 5);
        Assert.That(rig.Run(), Is.EqualTo(5));
        Assert.That(rig.Drain(Left), Has.Count.EqualTo(5));
    }

    [Test]
    public void No_room_for_drops_stops_before_anything_is_processed()
    {
        using var rig = new LoopRig(_nf = new ToldFunction(), returnsCapacity: 4);
        for (uint i = 0; i < 10; i++) _nf.Drops[i] = DropReason.Policy;
        rig.SendPackets(Right, 0, 10);
        Assert.That(rig.Run(), Is.EqualTo(4));
        Assert.That(_nf.Packets.Value, Is.EqualTo(4), "a packet that can't be handed back must not be seen twice");
        Assert.That(LoopRig.Drain(rig.Returned), Has.Count.EqualTo(4));
        Assert.That(rig.Run(), Is.EqualTo(4));
    }

    [Test]
    public void A_tick_comes_in_its_place_and_is_passed_on()
    {
        _rig.SendPackets(Right, 0, 3);
        _rig.Send(Right, Descriptor.Tick(5_000_000));
        _rig.SendPackets(Right, 3, 2);
        _rig.Run();
        Assert.That(_nf.Ticks, Is.EqualTo(new[] { 5_000_000L }));
        Assert.That(_nf.Batches, Is.EqualTo(new[] { (Right, 3), (Right, 2) }), "a tick ends the batch before it");
        Assert.That(_rig.Drain(Right).Select(d => d.Kind).ToList().IndexOf(DescriptorKind.Tick), Is.EqualTo(3));
        Assert.That(_rig.Block.Statistics.Ticks, Is.EqualTo(1));
    }

    [Test]
    public void While_the_chain_is_not_active_nothing_is_touched()
    {
        _rig.Control.Active = false;
        _rig.SendPackets(Right, 0, 3);
        Assert.That(_rig.Loop.DoWork(), Is.Zero);
        Assert.That(_nf.Batches, Is.Empty);
        _rig.Control.Active = true;
        Assert.That(_rig.Run(), Is.EqualTo(3));
    }

    [Test]
    public void What_can_not_be_is_complained_of_and_nothing_more_is_read([Values(1024UL, 9UL << Descriptor.ValueBits, 1UL << Descriptor.ValueBits)] ulong raw)
    {
        _rig.SendPackets(Right, 0, 1);
        _rig.Run();
        _rig.Send(Right, new Descriptor(raw));
        _rig.SendPackets(Left, 1, 1);
        _rig.Run();
        ref var vitals = ref _rig.Block.Vitals;
        Assert.That((vitals.ComplaintDirection, vitals.ComplaintDescriptor), Is.EqualTo((1u + (uint)Right, raw)));
        Assert.That((_rig.Drain(Right).Count, _rig.Drain(Left).Count), Is.EqualTo((1, 0)));
    }

    [Test]
    public void Positions_outside_a_batch_and_bytes_outside_a_frame_are_refused()
    {
        Exception? position = null, bytes = null;
        using var rig = new LoopRig(new ActingFunction(batch =>
        {
            try
            {
                batch.Forward(batch[1]);
            }
            catch (ArgumentOutOfRangeException error)
            {
                position = error;
            }

            try
            {
                batch[0].Write(4)[0] = 1;
            }
            catch (ArgumentOutOfRangeException error)
            {
                bytes = error;
            }
        }));
        rig.Pool.Fill(0, [1, 2, 3]);
        rig.SendPackets(Right, 0, 1);
        rig.Run();
        Assert.That(position!.Message, Does.Contain("the batch has 1 packets"));
        Assert.That(bytes, Is.Not.Null);
    }

    [Test]
    public void Nothing_is_allocated_per_packet()
    {
        // The told function's lists grow; this one only keeps a counter, as an NF may.
        using var rig = new LoopRig(new CountingFunction());
        void Round(ulong checkpoint)
        {
            for (uint i = 0; i < 32; i++)
            {
                rig.In[0].TryEnqueue(Descriptor.Packet(i));
                rig.In[1].TryEnqueue(Descriptor.Packet(i + 32));
            }

            rig.In[0].TryEnqueue(Descriptor.Tick(1));
            rig.In[0].TryEnqueue(Descriptor.Barrier(checkpoint, join: false));
            rig.In[1].TryEnqueue(Descriptor.Barrier(checkpoint, join: false));
            rig.Control.Prepared = checkpoint;
            while (rig.Loop.DoWork() > 0)
            {
                for (var direction =
                    0; direction < 2; direction++) rig.Out[direction].Advance(rig.Out[direction].Available(64));
                rig.Returned.Advance(rig.Returned.Available(64));
            }
        }

        ulong checkpoint = 0;
        while (checkpoint < 2000) Round(++checkpoint);
        var before = GC.GetAllocatedBytesForCurrentThread();
        while (checkpoint < 12_000) Round(++checkpoint);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero,
            "bytes for 640,000 packets and 10,000 captures");
        Assert.That(rig.Block.Vitals.Captures, Is.EqualTo(12_000));
    }

    private sealed class CountingFunction : INetworkFunction
    {
        private NfLib.State.Map<ulong, ulong> _flows = null!;

        public void Initialise(NfLib.State.StateDeclaration state) => _flows = state.Map<ulong, ulong>("flows", 100);

        public void Process(Batch batch)
        {
            foreach (var packet in batch)
            {
                var slot = _flows.FindOrAdd((ulong)packet.Position);
                _flows.Modify(slot)++;
                if (packet.Position % 4 == 0) batch.Drop(packet, DropReason.Policy);
                else batch.Forward(packet);
            }
        }

        public void Tick(long time)
        {
            foreach (var slot in _flows) _flows.Remove(slot);
        }
    }
}
