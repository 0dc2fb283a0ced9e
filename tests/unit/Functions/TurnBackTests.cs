using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>Packets that an NF sends back to the side that they came from, and packets that it makes others of.</summary>
public sealed class TurnBackTests
{
    private const Direction Right = Direction.LeftToRight, Left = Direction.RightToLeft;

    [Test]
    public void A_packet_turned_back_leaves_on_the_side_it_came_from()
    {
        using var rig = new LoopRig(new ActingFunction(TurnOddOnes));
        rig.SendPackets(Right, 0, 4);
        rig.Run();
        Assert.That(rig.Drain(Right).Select(d => d.Value), Is.EqualTo(new[] { 0, 2 }));
        Assert.That(rig.Drain(Left).Select(d => d.Value), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(rig.Pool.Metadata(1).Direction, Is.EqualTo((byte)Left), "the NFs on its way see where it goes");
        Assert.That((rig.Block.Statistics.Forwarded, rig.Block.Statistics.TurnedBack), Is.EqualTo((2UL, 2UL)));
    }

    [Test]
    public void Without_room_on_the_way_back_it_is_dropped_and_the_barriers_slot_stays_free()
    {
        using var rig = new LoopRig(new ActingFunction(TurnOddOnes), capacity: 16);
        for (var round = 0; round < 3; round++)
        {
            rig.SendPackets(Right, 0, 14);
            rig.Run();
            rig.Drain(Right);
        }

        Assert.That(rig.Drain(Left), Has.Count.EqualTo(15), "a barrier still fits");
        Assert.That(LoopRig.Drain(rig.Returned), Has.Count.EqualTo(6), "none is lost");
        Assert.That(rig.Block.Statistics.Dropped[(int)DropReason.NoRoom], Is.EqualTo(6UL));
    }

    [Test]
    public void Replacing_a_frame_sets_its_length_within_the_buffer()
    {
        using var rig = new LoopRig(new ActingFunction(batch =>
        {
            foreach (var p in batch)
            {
                p.Replace(5)[4] = 7;
                batch.TurnBack(p);
            }
        }));
        rig.Pool.Fill(3, [1, 2, 3]);
        rig.SendPackets(Right, 3, 1);
        rig.Run();
        Assert.That(rig.Pool.Frame(3).ToArray(), Has.Length.EqualTo(5));
        Assert.That((rig.Pool.Frame(3)[0], rig.Pool.Frame(3)[4]), Is.EqualTo(((byte)1, (byte)7)));
    }

    [Test]
    public void A_frame_never_grows_beyond_its_buffer()
    {
        using var rig = new LoopRig(new ActingFunction(batch => batch[0].Replace(PacketPool.MaxFrameBytes + 1)));
        rig.Pool.Fill(3, [1, 2, 3]);
        rig.SendPackets(Right, 3, 1);
        Assert.That(() => rig.Run(), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static void TurnOddOnes(Batch batch)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            if (i % 2 == 1) batch.TurnBack(batch[i]);
            else batch.Forward(batch[i]);
        }
    }
}
