using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>Packets that killed their NF leave the chain by its return ring, and somebody gets to see them.</summary>
public sealed class PoisonTests
{
    [Test]
    public void A_poison_packet_is_dropped_counted_and_handed_over()
    {
        using var chain = new HostileChain(functions: 3, hostile: 1);
        Poison(chain);
        chain.Right.Last = 77;
        chain.Send(0, 1);
        chain.Step();
        Assert.That((chain.Root.Statistics.Poisoned, chain.Root.Statistics.Dropped, chain.Table.Free),
            Is.EqualTo((1ul, 1ul, chain.Table.Total)));
        var packet = chain.Poison.Peek();
        Assert.That(packet, Is.Not.Null);
        Assert.That((packet!.Function, packet.Direction, packet.Clock, packet.Frame.Length, packet.Frame[^1]),
            Is.EqualTo((1, Direction.RightToLeft, chain.Table.LastClock, 60, (byte)77)));
        chain.Poison.Advance();
        Assert.That(chain.Poison.Peek(), Is.Null);
    }

    [Test]
    public void When_nobody_takes_them_the_chain_runs_on_and_counts()
    {
        using var chain = new HostileChain(functions: 3, hostile: 1);
        Poison(chain);
        for (var i = 0; i < 50; i++)
        {
            chain.Send(10, 10);
            chain.Step();
        }

        var waiting = 0;
        for (; chain.Poison.Peek() is not null; chain.Poison.Advance()) waiting++;
        Assert.That((ulong)waiting + chain.Poison.RefusedOf(1), Is.EqualTo(1000ul).And.EqualTo(chain.Root.Statistics.Poisoned));
        Assert.That((chain.Poison.RefusedOf(0), chain.Poison.RefusedOf(2), chain.Table.Free), Is.EqualTo((0ul, 0ul, chain.Table.Total)));
    }

    [Test]
    public void A_frame_outside_its_buffer_is_handed_over_without_bytes()
    {
        using var chain = new HostileChain(functions: 3, hostile: 1);
        Poison(chain);
        chain.Villain.Drops = d =>
        {
            if (d.Kind != DescriptorKind.Packet) return [];
            chain.Pool.Metadata(d.Buffer).Length = ushort.MaxValue;
            return [d.AsPoison()];
        };
        chain.Send(1, 0);
        chain.Step();
        Assert.That(chain.Poison.Peek()!.Frame.IsEmpty, Is.True);
    }

    [Test]
    public void A_frame_outside_its_buffer_does_not_leave_and_is_counted()
    {
        using var chain = new HostileChain(functions: 3, hostile: 1);
        chain.Villain.Instead = d =>
        {
            if (d.Kind == DescriptorKind.Packet) chain.Pool.Metadata(d.Buffer).Offset = 2300;
            return [d];
        };
        chain.Send(3, 0);
        for (var i = 0; i < 3; i++) chain.Step();
        Assert.That((chain.Root.Statistics.OutsideBuffer, chain.Right.Sent, chain.Table.Free), Is.EqualTo((3ul, 0ul, chain.Table.Total)));
    }

    private static void Poison(HostileChain chain)
    {
        chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d.AsPoison()] : [];
        chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
    }
}
