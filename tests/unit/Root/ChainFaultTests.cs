using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>
/// What a hostile NF does to its chain is noticed, it is named and not its innocent neighbours who pass its work on, and
/// every buffer is given back (invariants 6 and 8).
/// </summary>
[TestFixture(0)]
[TestFixture(1)]
[TestFixture(2)]
public sealed class ChainFaultTests(int hostile)
{
    private const int InputToRight = 0, InputToLeft = 1, OutputToRight = 2, OutputToLeft = 3, Returns = 4;
    private const long Second = 1_000_000_000;
    private HostileChain _chain = null!;

    [SetUp]
    public void MakeChain() => _chain = new HostileChain(functions: 3, hostile).Protect();

    [TearDown]
    public void Free()
    {
        Assert.That(_chain.Broken(), Is.Null);
        _chain.Dispose();
    }

    [Test]
    public void A_chain_whose_NFs_behave_is_never_accused([Values(0, 1, 2)] int last)
    {
        (_chain.Left.Last, _chain.Right.Last) = ((byte)last, (byte)last);
        for (var round = 0; round < 2000; round++)
        {
            _chain.Send(round % 37, round % 5);
            if (round % 3 == 0) _chain.Send(0, 40);
            _chain.Step();
            if (round % 50 == 0) _chain.Wait(200_000_000);
        }

        for (var i = 0; i < 40; i++) _chain.Step();
        Assert.That(_chain.Table.Free, Is.EqualTo(HostileChain.Buffers));
        Assert.That(_chain.Left.Sent + _chain.Right.Sent, Is.GreaterThan(last == 1 ? 0ul : 10_000ul).Or.EqualTo(0));
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
        }, () => _chain.Left.Last = _chain.Right.Last = (byte)(_chain.Left.Last == 0 && _chain.Now % 3 != 0 ? 1 : 0));
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_that_is_still_before_it_in_the_chain([Values(0, 1)] int side)
    {
        // It reads the descriptor of a packet that it has not got yet out of the ring's memory, and sends it on first.
        var stolen = false;
        Run(side, descriptor =>
        {
            var ahead = _chain.Villain.In[side];
            if (stolen || descriptor.Kind != DescriptorKind.Packet || ahead.Available(5) < 5) return [descriptor];
            stolen = true;
            return [ahead.Peek(4), descriptor];
        });
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_dropped_and_sent_on_while_its_forerunner_has_forgotten_it()
    {
        Assume.That(hostile, Is.GreaterThan(0), "an honest NF stands before it");
        _chain.Send(1, 0);
        _chain.Step(villainActs: false);
        _chain.Left.Last = 1; // to be dropped by the first NF
        for (var i = 0; i < 20; i++)
        {
            _chain.Send(30, 0);
            _chain.Step(villainActs: false);
        }

        _chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
        AssertNamed("twice");
    }

    [Test]
    public void What_a_dead_process_left_beyond_its_neighbours_tail_was_never_sent()
    {
        Assume.That(hostile, Is.GreaterThan(0), "an honest NF stands before it");
        Busy(60);
        _chain.Send(1, 0);
        _chain.Step(villainActs: false);
        var input = _chain.Villain.In[0];
        var ring = _chain.Rings.MemoryOf(hostile)[InputToRight];
        var tail = Villain.Word(ring, RingLayout.TailOffset);
        Assert.That(tail, Is.GreaterThan(HostileChain.Edge));
        var kept = Enumerable.Range(0, input.Available(9)).Select(input.Peek).Last(d => d.Kind == DescriptorKind.Packet);
        Villain.Word(ring, RingLayout.SlotsOffset + 8 * (int)((tail + 5) % HostileChain.Edge)) = kept.Raw;
        _chain.Villain.Instead = d => d == kept ? [d, d] : [d];
        AssertNamed("twice");
    }

    [Test]
    public void Barriers_that_nobody_has_closed_yet()
    {
        for (ulong ahead = 1; ahead < 100; ahead++) _chain.Villain.Send(0, Descriptor.Barrier(_chain.Board.Closed + ahead, false));
        AssertNamed("barrier", villainActs: false);
    }

    [TestCase(7u, TestName = "A_buffer_that_is_free")]
    [TestCase(HostileChain.Buffers, TestName = "A_buffer_just_beyond_the_pool")]
    [TestCase((1u << 24) - 1, TestName = "A_buffer_far_beyond_the_pool")]
    public void A_buffer_of_nobody(uint buffer)
    {
        _chain.Villain.Send(0, Descriptor.Packet(buffer, 123456));
        AssertNamed("sent");
    }

    [TestCase(5, 0)]
    [TestCase(255, 1)]
    public void A_descriptor_of_unknown_kind(int kind, int side)
    {
        _chain.Villain.Send(side, new Descriptor((ulong)kind << Descriptor.ValueBits | 17));
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
        _chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        _chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d, poison ? d.AsPoison() : d] : [];
        AssertNamed("twice");
    }

    [Test]
    public void A_packet_dropped_and_sent_on([Values(0, 1)] int side)
    {
        _chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
        _chain.Send(1 - side, side);
        AssertNamed("twice");
    }

    [Test]
    public void A_dropped_barrier()
    {
        _chain.Villain.Returns.TryEnqueue(Descriptor.Barrier(1, false));
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
        _chain.Villain.Instead = d => d.Kind == DescriptorKind.Barrier && seen++ == side ? [] : [d];
        AssertNamed("did not pass barrier");
    }

    [Test]
    public void The_last_barrier_of_all_that_it_swallowed()
    {
        // Nothing follows by which its neighbours could notice.
        var seen = 0;
        _chain.Villain.Instead = d => d.Kind == DescriptorKind.Barrier && seen++ < 8 ? [] : [d];
        AssertNamed("did not pass barrier");
    }

    [Test]
    public void An_index_that_jumps([Values(OutputToRight, OutputToLeft, Returns)] int ring, [Values(1000, -1, long.MinValue)] long by)
    {
        Busy();
        Villain.Word(_chain.Rings.MemoryOf(hostile)[ring], RingLayout.TailOffset) += (ulong)by;
        AssertNamed("says that it has", villainActs: false);
    }

    [Test]
    public void An_index_that_jumps_onto_old_descriptors([Values(OutputToRight, OutputToLeft, Returns)] int ring)
    {
        (_chain.Left.Last, _chain.Right.Last) = (0, 0);
        if (ring == Returns)
        {
            _chain.Villain.Drops = d => d.Kind == DescriptorKind.Packet ? [d] : [];
            _chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        }

        Busy(400);
        Villain.Word(_chain.Rings.MemoryOf(hostile)[ring], RingLayout.TailOffset) += 40;
        AssertNamed("", villainActs: false);
    }

    [Test]
    public void A_head_that_passes_its_tail([Values(InputToRight, InputToLeft)] int ring, [Values(5, 1 << 20)] long by)
    {
        Busy();
        Villain.Word(_chain.Rings.MemoryOf(hostile)[ring], RingLayout.HeadOffset) += (ulong)by;
        AssertNamed("", villainActs: false);
    }

    [TestCase(1000ul)]
    [TestCase(ulong.MaxValue)]
    public void A_delta_from_the_future(ulong checkpoint)
    {
        Villain.Word(_chain.Slots[hostile + 1].Memory, 64) = checkpoint;
        AssertNamed("says that it has captured");
    }

    [Test]
    public void A_delta_in_a_slot_of_another()
    {
        Busy();
        Villain.Word(_chain.Slots[hostile + 1].Memory, 64) = 3;
        AssertNamed("says that it has captured", villainActs: false);
    }

    [TestCase(0u, 1u)]
    [TestCase(7u, 2u)]
    [TestCase(HostileChain.Buffers, 1u)]
    [TestCase(1u, 77u)]
    public void A_complaint_without_cause(uint buffer, uint direction)
    {
        ref var vitals = ref _chain.Blocks[hostile + 1].Vitals;
        vitals.ComplaintDescriptor = Descriptor.Packet(buffer).Raw;
        vitals.ComplaintDirection = direction;
        AssertNamed("complains");
    }

    [Test]
    public void Reading_nothing([Values(0, 1)] int side)
    {
        _chain.Send(1 - side, side);
        Assert.That(() =>
        {
            for (var i = 0; i < 40; i++)
            {
                _chain.Blocks[hostile + 1].Vitals.Beat += 2;
                _chain.Wait(Second / 10, villainActs: false);
            }
        }, Throws.TypeOf<ChainFaultException>().With.Property("Function").EqualTo(hostile).With.Message.Contains("has not read"));
        AssertHalted();
    }

    [Test]
    public void An_NF_whose_process_stands_still_is_the_supervisors_business()
    {
        _chain.Send(1, 1);
        Assert.That(() => _chain.Wait(5 * Second, villainActs: false), Throws.Nothing);
        _chain.Control.Pause(hostile, true);
        _chain.Blocks[hostile + 1].Vitals.Beat += 100;
        Assert.That(() => _chain.Wait(5 * Second, villainActs: false), Throws.Nothing);
    }

    [Test]
    public void Keeping_packets([Values(0, 1)] int side)
    {
        _chain.Villain.Instead = d => d.Kind == DescriptorKind.Packet ? [] : [d];
        _chain.Send(3 * (1 - side), 3 * side);
        AssertNamed("keeps packet buffer");
    }

    [Test]
    public void Capturing_nothing()
    {
        _chain.Villain.Captures = false;
        _chain.Send(1, 1);
        AssertNamed("has not captured");
    }

    private static int IsFrom(Descriptor packet) => (int)(packet.Use >> 31);

    private void Busy(int rounds = 20)
    {
        for (var i = 0; i < rounds; i++)
        {
            _chain.Send(9, 9);
            _chain.Step();
        }
    }

    /// <summary>Traffic on one side until the fault is found.</summary>
    private void Run(int side, Func<Descriptor, Descriptor[]> instead, Action? before = null)
    {
        _chain.Villain.Instead = instead;
        try
        {
            for (var i = 0; i < 400; i++)
            {
                before?.Invoke();
                _chain.Send(side == 0 ? 20 : 1, side == 0 ? 1 : 20);
                _chain.Step();
            }
        }
        catch (ChainFaultException fault)
        {
            _found = fault;
        }
    }

    private ChainFaultException? _found;

    private void AssertNamed(string what, bool villainActs = true)
    {
        try
        {
            if (_found is null) _chain.Send(5, 5);
            if (_found is null) _chain.Wait(5 * Second, villainActs);
        }
        catch (ChainFaultException fault)
        {
            _found = fault;
        }

        var found = _found;
        _found = null;
        Assert.That(found, Is.Not.Null, "nobody was accused");
        Assert.That(found!.Function, Is.EqualTo(hostile), found.Message);
        Assert.That(found.What, Does.Contain(what));
        AssertHalted();
    }

    private void AssertHalted()
    {
        Assert.That(_chain.Board.IsHalted, Is.True);
        Assert.That(_chain.Table.Free, Is.EqualTo(HostileChain.Buffers), "every buffer was given back");
        var sent = _chain.Left.Sent + _chain.Right.Sent;
        _chain.Send(5, 5);
        Assert.That(() => _chain.Wait(Second), Throws.Nothing);
        Assert.That(_chain.Left.Sent + _chain.Right.Sent, Is.EqualTo(sent), "nothing is sent any more");
        Assert.That(_chain.Root.HasWork, Is.False);
    }
}
