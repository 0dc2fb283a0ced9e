using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>
/// An NF that sends what can't be is noticed, it is named and not its innocent neighbours who pass its work on, and every
/// buffer is given back (invariants 6 and 8).
/// </summary>
[TestFixture(0)]
[TestFixture(1)]
[TestFixture(2)]
public sealed class ChainFaultTests(int hostile) : HostileFixture(hostile)
{
    [Test]
    public void A_chain_whose_NFs_behave_is_never_accused([Values(0, 1, 2)] int last)
    {
        (Chain.Left.Last, Chain.Right.Last) = ((byte)last, (byte)last);
        for (var round = 0; round < 2000; round++)
        {
            Chain.Send(round % 37, round % 5);
            if (round % 3 == 0) Chain.Send(0, 40);
            Chain.Step();
            if (round % 50 == 0) Chain.Wait(200_000_000);
        }

        for (var i = 0; i < 40; i++) Chain.Step();
        Assert.That(Chain.Table.Free, Is.EqualTo(HostileChain.Buffers));
        Assert.That(Chain.Left.Sent + Chain.Right.Sent, Is.GreaterThan(last == 1 ? 0ul : 10_000ul).Or.EqualTo(0));
    }

    [Test]
    public void A_packet_sent_twice([Values(0, 1)] int side, [Values] bool apart)
    {
        Descriptor kept = default;
        var after = apart ? 3000 : 0;
        Run(side, descriptor =>
        {
            if (descriptor.Kind != DescriptorKind.Packet || IsFrom(descriptor) != side) return [descriptor];
            if (kept == default) kept = descriptor;
            return after-- == 0 ? [descriptor, kept] : [descriptor];
        });
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_sent_twice_while_others_drop_most_of_what_they_get([Values(0, 1)] int side)
    {
        // The rings then remember different stretches of time.
        Descriptor kept = default;
        var after = 3000;
        Run(side, descriptor =>
        {
            if (descriptor.Kind != DescriptorKind.Packet || IsFrom(descriptor) != side) return [descriptor];
            if (kept == default) kept = descriptor;
            return after-- == 0 ? [descriptor, kept] : [descriptor];
        }, () => Chain.Left.Last = Chain.Right.Last = (byte)(Chain.Left.Last == 0 && Chain.Now % 3 != 0 ? 1 : 0));
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_that_is_still_before_it_in_the_chain([Values(0, 1)] int side)
    {
        // It reads the descriptor of a packet that it has not got yet out of the ring's memory, and sends it on first.
        var stolen = false;
        Run(side, descriptor =>
        {
            var ahead = Chain.Villain.In[side];
            if (stolen || descriptor.Kind != DescriptorKind.Packet || ahead.Available(5) < 5) return [descriptor];
            stolen = true;
            return [ahead.Peek(4), descriptor];
        });
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_dropped_and_sent_on_while_its_forerunner_has_forgotten_it()
    {
        WithoutStandby(); // whose barriers would hold everything up
        Send(1);
        Chain.Step(villainActs: false);
        (Chain.Left.Last, Chain.Right.Last) = (1, 1); // to be dropped by the first NF
        for (var i = 0; i < 20; i++)
        {
            Send(30);
            Chain.Step(villainActs: false);
        }

        Chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
        AssertNamed("twice");
    }

    [Test]
    public void What_a_dead_process_left_beyond_its_neighbours_tail_was_never_sent()
    {
        Busy(60);
        Send(1);
        Chain.Step(villainActs: false);
        var input = Chain.Villain.In[FromHonest];
        var ring = Chain.Rings.MemoryOf(Hostile)[InputToRight + FromHonest];
        var tail = Villain.Word(ring, RingLayout.TailOffset);
        Assert.That(tail, Is.GreaterThan(HostileChain.Edge));
        var kept = Enumerable.Range(0, input.Available(9)).Select(input.Peek).Last(d => d.Kind == DescriptorKind.Packet);
        Villain.Word(ring, RingLayout.SlotsOffset + 8 * (int)((tail + 5) % HostileChain.Edge)) = kept.Raw;
        Chain.Villain.Instead = d => d == kept ? [d, d] : [d];
        AssertNamed("twice");
    }

    // The side whose packets have passed an honest NF before they come to the villain.
    private int FromHonest => Hostile == 0 ? 1 : 0;

    private void Send(int packets) => Chain.Send(packets * (1 - FromHonest), packets * FromHonest);

    [Test]
    public void Barriers_that_nobody_has_closed_yet()
    {
        for (ulong ahead = 1; ahead < 100; ahead++) Chain.Villain.Send(0, Descriptor.Barrier(Chain.Board.Closed + ahead, false));
        AssertNamed("barrier", villainActs: false);
    }

    [TestCase(7u, TestName = "A_buffer_that_is_free")]
    [TestCase(HostileChain.Buffers, TestName = "A_buffer_just_beyond_the_pool")]
    [TestCase((1u << 24) - 1, TestName = "A_buffer_far_beyond_the_pool")]
    public void A_buffer_of_nobody(uint buffer)
    {
        Chain.Villain.Send(0, Descriptor.Packet(buffer, 123456));
        AssertNamed("sent");
    }

    [TestCase(5, 0)]
    [TestCase(255, 1)]
    public void A_descriptor_of_unknown_kind(int kind, int side)
    {
        Chain.Villain.Send(side, new Descriptor((ulong)kind << Descriptor.ValueBits | 17));
        AssertNamed("sent a descriptor");
    }

    [Test]
    public void Poison_that_is_not_on_a_return_ring()
    {
        var once = true;
        Run(0, d => d.Kind == DescriptorKind.Packet && once && !(once = false) ? [d.AsPoison()] : [d]);
        AssertNamed("sent a descriptor");
    }

    [Test]
    public void A_packet_dropped_twice([Values] bool poison)
    {
        Chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        Chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d, poison ? d.AsPoison() : d] : [];
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_dropped_and_sent_on([Values(0, 1)] int side)
    {
        Chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
        Chain.Send(1 - side, side);
        AssertNamed("twice");
    }

    [Test]
    public void A_dropped_barrier()
    {
        Chain.Villain.Returns.TryEnqueue(Descriptor.Barrier(1, false));
        AssertNamed("dropped a descriptor");
    }

    [TestCase(+1)]
    [TestCase(+1000)]
    [TestCase(-1)]
    public void A_barrier_that_it_made_up(int distance)
    {
        var due = true;
        Run(0, d => d.Kind == DescriptorKind.Barrier && due && !(due = false)
            ? [d, Descriptor.Barrier(d.Value + (ulong)distance, false)] : [d]);
        AssertNamed("barrier");
    }

    [Test]
    public void A_barrier_that_it_swallowed([Values(0, 1)] int side)
    {
        var seen = 0;
        Chain.Villain.Instead = d => d.Kind == DescriptorKind.Barrier && seen++ == side ? [] : [d];
        AssertNamed("did not pass barrier");
    }

    [Test]
    public void The_last_barrier_of_all_that_it_swallowed()
    {
        // Nothing follows by which its neighbours could notice.
        var seen = 0;
        Chain.Villain.Instead = d => d.Kind == DescriptorKind.Barrier && seen++ < 8 ? [] : [d];
        AssertNamed("did not pass barrier");
    }

    private static int IsFrom(Descriptor packet) => (int)(packet.Use >> 31);
}
