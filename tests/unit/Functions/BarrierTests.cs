using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>Barriers pass at once, stop their input, and become a capture when both have come.</summary>
public sealed class BarrierTests
{
    private const Direction Right = Direction.LeftToRight, Left = Direction.RightToLeft;
    private ToldFunction _nf = null!;
    private LoopRig _rig = null!;

    [SetUp]
    public void Make() => _rig = new LoopRig(_nf = new ToldFunction());

    [TearDown]
    public void Free() => _rig.Dispose();

    [Test]
    public void A_barrier_passes_on_at_once_but_captures_only_after_both([Values(Right, Left)] Direction first)
    {
        var second = 1 - first;
        _rig.SendPackets(first, 0, 2);
        _rig.Send(first, Descriptor.Barrier(1, join: false));
        _rig.SendPackets(first, 2, 3);
        _rig.Run();
        Assert.That(_rig.Drain(first),
            Is.EqualTo(new[] { Descriptor.Packet(0), Descriptor.Packet(1), Descriptor.Barrier(1, false) }));
        Assert.That(_rig.Slots.IsCaptured(1), Is.False);
        Assert.That(_nf.Packets.Value, Is.EqualTo(2), "nothing behind the barrier is read");

        _rig.SendPackets(second, 10, 4);
        _rig.Run();
        Assert.That(_nf.Packets.Value, Is.EqualTo(6), "the other direction goes on");
        _rig.Send(second, Descriptor.Barrier(1, join: false));
        _rig.Run();
        Assert.That(_rig.Slots.IsCaptured(1));
        Assert.That(_nf.Packets.Value, Is.EqualTo(9), "and then both");
        Assert.That(CapturedPackets(1), Is.EqualTo(6), "the capture holds what came before the barriers, and no more");
        Assert.That(_rig.Drain(second)[^1], Is.EqualTo(Descriptor.Barrier(1, false)));
    }

    [Test]
    public void Without_a_free_slot_it_waits_and_nothing_is_read()
    {
        for (ulong c = 1; c <= DeltaSlots.Count; c++) Close(c);
        Assert.That(_rig.Slots.IsCaptured(DeltaSlots.Count));
        _rig.SendPackets(Right, 0, 1);
        _rig.Run();
        Close(DeltaSlots.Count + 1);
        _rig.SendPackets(Right, 1, 3);
        Assert.That(_rig.Run(), Is.Zero, "the standby is behind");
        Assert.That(_nf.Packets.Value, Is.EqualTo(1));
        Assert.That(_rig.Slots.Holds(1), Is.EqualTo(1), "the slot that is still needed is untouched");

        _rig.Control.Prepared = 1;
        Assert.That(_rig.Run(), Is.EqualTo(1 + 3), "the capture, and what waited");
        Assert.That(_rig.Slots.IsCaptured(DeltaSlots.Count + 1));
        Assert.That(CapturedPackets(DeltaSlots.Count + 1), Is.EqualTo(1));
    }

    [Test]
    public void Each_capture_holds_what_changed_since_the_last()
    {
        using var replica = StateBlock.OnHeap();
        var buffer = new byte[Delta.MaxBytes];
        for (ulong c = 1; c <= 20; c++)
        {
            _rig.Control.Prepared = c - 1;
            _rig.SendPackets(Right, 0, (uint)c % 5);
            Close(c);
            Delta.Apply(buffer.AsSpan(0, _rig.Slots.Encode(c, buffer)), replica);
            Assert.That(replica.Data.SequenceEqual(_rig.Block.Data), $"checkpoint {c}");
            _rig.Drain(Right);
            _rig.Drain(Left);
        }
    }

    [Test]
    public void A_join_on_either_side_captures_everything_in_use([Values(Right, Left)] Direction joinedBy)
    {
        _rig.SendPackets(Right, 0, 3);
        Close(1);
        Assert.That(_rig.Block.ChangedChunks, Is.Zero);
        _rig.Send(joinedBy, Descriptor.Barrier(2, join: true));
        _rig.Send(1 - joinedBy, Descriptor.Barrier(2, join: false));
        _rig.Run();
        using var joining = StateBlock.OnHeap();
        var buffer = new byte[Delta.MaxBytes];
        Delta.Apply(buffer.AsSpan(0, _rig.Slots.Encode(2, buffer)), joining);
        Assert.That(joining.Data.SequenceEqual(_rig.Block.Data));

        Close(3);
        Assert.That(_rig.Slots.Encode(3, buffer), Is.EqualTo(8), "the next one is ordinary again");
    }

    [Test]
    public void Barriers_that_differ_are_complained_of_and_not_passed_on()
    {
        _rig.Send(Right, Descriptor.Barrier(1, join: false));
        _rig.Send(Left, Descriptor.Barrier(2, join: false));
        _rig.Run();
        ref var vitals = ref _rig.Block.Vitals;
        Assert.That((vitals.ComplaintDirection, vitals.ComplaintDescriptor), Is.EqualTo((1u + (uint)Left, Descriptor.Barrier(2, join: false).Raw)));
        Assert.That(_rig.Drain(Left), Is.Empty);
    }

    // The mutation shows that the checks above would see a loop that captures too early.
    [TestCase((int)KnownBadLoop.None, 4)]
    [TestCase((int)KnownBadLoop.CaptureAfterOneBarrier, 0)]
    public void A_loop_that_captures_too_early_shows_in_what_it_captured(int knownBad, int packets)
    {
        using var rig = new LoopRig(new ToldFunction(), knownBad: (KnownBadLoop)knownBad);
        rig.Send(Right, Descriptor.Barrier(1, join: false));
        rig.Run();
        rig.SendPackets(Left, 0, 4);
        rig.Send(Left, Descriptor.Barrier(1, join: false));
        rig.Run();
        Assert.That(CapturedPackets(rig, 1), Is.EqualTo(packets));
    }

    private void Close(ulong checkpoint)
    {
        _rig.Send(Right, Descriptor.Barrier(checkpoint, join: false));
        _rig.Send(Left, Descriptor.Barrier(checkpoint, join: false));
        _rig.Run();
    }

    /// <summary>The NF's counter as the checkpoint's delta has it.</summary>
    private ulong CapturedPackets(ulong checkpoint) => CapturedPackets(_rig, checkpoint);

    private static ulong CapturedPackets(LoopRig rig, ulong checkpoint)
    {
        using var replica = StateBlock.OnHeap();
        var buffer = new byte[Delta.MaxBytes];
        Delta.Apply(buffer.AsSpan(0, rig.Slots.Encode(checkpoint, buffer)), replica);
        return replica.At<ulong>(2 * StateBlock.LineBytes);
    }
}
