using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>An NF that sends nothing impossible and harms its chain all the same is noticed soon, and named.</summary>
[TestFixture(0)]
[TestFixture(1)]
[TestFixture(2)]
public sealed class InspectionTests(int hostile) : HostileFixture(hostile)
{
    [Test]
    public void An_index_that_jumps([Values(OutputToRight, OutputToLeft, Returns)] int ring, [Values(1000, -1, long.MinValue)] long by)
    {
        Busy();
        Villain.Word(Chain.Rings.MemoryOf(Hostile)[ring], RingLayout.TailOffset) += (ulong)by;
        AssertNamed("says that it has", villainActs: false);
    }

    [Test]
    public void An_index_that_jumps_onto_old_descriptors([Values(OutputToRight, OutputToLeft, Returns)] int ring)
    {
        (Chain.Left.Last, Chain.Right.Last) = (0, 0);
        if (ring == Returns)
        {
            Chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
            Chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        }

        Busy(400);
        Villain.Word(Chain.Rings.MemoryOf(Hostile)[ring], RingLayout.TailOffset) += 40;
        AssertNamed("", villainActs: false);
    }

    [Test]
    public void A_head_that_passes_its_tail([Values(InputToRight, InputToLeft)] int ring, [Values(5, 1 << 20)] long by)
    {
        Busy();
        Villain.Word(Chain.Rings.MemoryOf(Hostile)[ring], RingLayout.HeadOffset) += (ulong)by;
        AssertNamed("", villainActs: false);
    }

    [TestCase(1000ul)]
    [TestCase(ulong.MaxValue)]
    public void A_delta_from_the_future(ulong checkpoint)
    {
        Villain.Word(Chain.Slots[Hostile + 1].Memory, 64) = checkpoint;
        AssertNamed("says that it has captured");
    }

    [Test]
    public void A_delta_in_a_slot_of_another()
    {
        Busy();
        Villain.Word(Chain.Slots[Hostile + 1].Memory, 64) = 3;
        AssertNamed("says that it has captured", villainActs: false);
    }

    [TestCase(0u, 1u)]
    [TestCase(7u, 2u)]
    [TestCase(HostileChain.Buffers, 1u)]
    [TestCase(1u, 77u)]
    public void A_complaint_without_cause(uint buffer, uint direction)
    {
        ref var vitals = ref Chain.Blocks[Hostile + 1].Vitals;
        vitals.ComplaintDescriptor = Descriptor.Packet(buffer).Raw;
        vitals.ComplaintDirection = direction;
        AssertNamed("complains");
    }

    [Test]
    public void Reading_nothing([Values(0, 1)] int side)
    {
        Chain.Send(1 - side, side);
        Assert.That(() =>
        {
            for (var i = 0; i < 140; i++)
            {
                Chain.Blocks[Hostile + 1].Vitals.Beat += 2;
                Chain.Wait(Second / 10, villainActs: false);
            }
        }, Throws.TypeOf<ChainFaultException>().With.Property("Function").EqualTo(Hostile).With.Message.Contains("has not read"));
        AssertHalted();
    }

    [Test]
    public void An_NF_whose_process_stands_still_is_the_supervisors_business()
    {
        Chain.Send(1, 1);
        Assert.That(() => Chain.Wait(5 * Second, villainActs: false), Throws.Nothing);
        Chain.Control.Pause(Hostile, true);
        Chain.Blocks[Hostile + 1].Vitals.Beat += 100;
        Assert.That(() => Chain.Wait(5 * Second, villainActs: false), Throws.Nothing);
    }

    [Test]
    public void Keeping_packets([Values(0, 1)] int side)
    {
        Chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        Chain.Send(3 * (1 - side), 3 * side);
        AssertNamed("keeps packet buffer");
    }

    [Test]
    public void Capturing_nothing()
    {
        Chain.Villain.Captures = false;
        Chain.Send(1, 1);
        AssertNamed("has not captured");
    }
}
