using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>The hash that goes with a packet is of its frame as that is now.</summary>
public sealed class PacketHashTests
{
    [Test]
    public void A_packet_has_its_devices_hash_until_an_NF_changes_it([Values] bool isReplaced)
    {
        var seen = new List<uint>();
        using var rig = new LoopRig(new ActingFunction(batch =>
        {
            foreach (var packet in batch)
            {
                seen.Add(packet.FlowHash);
                (isReplaced ? packet.Replace(packet.Length) : packet.Write(packet.Length))[30] ^= 1; // in the IP address that it goes to
                seen.Add(packet.FlowHash);
                batch.Forward(packet);
            }
        }));
        rig.Pool.Fill(3, new TestFrame().Build());
        rig.Pool.Metadata(3).FlowHash = 7;
        rig.SendPackets(Direction.LeftToRight, 3, 1);
        rig.Run();
        Assert.That(seen, Is.EqualTo(new[] { 7u, FlowHash.Of(rig.Pool.Frame(3)) }));
        Assert.That(rig.Pool.Metadata(3).FlowHash, Is.EqualTo(seen[1]), "the next NF need not compute it");
    }

    [Test]
    public void What_is_undone_has_not_the_hash_of_what_it_was_to_become()
    {
        using var pool = PacketPool.OnHeap(2);
        using var control = ChainControl.OnHeap();
        using var block = StateBlock.OnHeap();
        using var slots = DeltaSlots.OnHeap();
        using var ring = RingLayout.OnHeap(64);
        var journal = new BatchCommit(new NfAttachment
        {
            Control = control, BatchCommit = true, Pool = pool, Block = block, Slots = slots,
            Inputs = [new RingConsumer(ring), new RingConsumer(ring)], Outputs = [new RingProducer(ring), new RingProducer(ring)],
            Returns = new RingProducer(ring),
        }, KnownBadLoop.None).Packets!;
        var frame = new TestFrame().Build();
        pool.Fill(1, frame);
        journal.Touch(0, 1, frame.Length);
        pool.Frame(1)[30] ^= 1;
        pool.Metadata(1).FlowHash = FlowHash.Of(pool.Frame(1)); // as an NF that asks for it leaves it
        journal.Undo();
        Assert.That(pool.Frame(1).ToArray(), Is.EqualTo(frame));
        Assert.That(pool.Metadata(1).FlowHash, Is.Zero);
    }
}
