using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Root;

/// <summary>
/// Looks now and then for what an NF can do to its chain without sending anything impossible: indices that jump, delta
/// slots that lie, reading nothing, keeping packets and barriers to itself. Also follows up what NFs say of each other.
/// </summary>
/// <remarks>
/// A standing NF is accused only while its process shows that it lives and could go on: the others are hung, dead, paused
/// or between two processes, which is the supervisor's business.
/// </remarks>
internal sealed class Inspection
{
    /// <summary>How long something may stand, in nanoseconds.</summary>
    public const long Patience = 1_000_000_000;

    /// <summary>The same for an input that is not read: the supervisor kills such a process sooner, and only what its successors
    /// don't read either is for the whole chain to stop.</summary>
    public const long ReadingPatience = 10 * Patience;

    private const ulong Passes = 10;

    private readonly RootWiring _at;
    private readonly CheckpointCloser _closer;
    private readonly Egress _egress;
    private readonly Blame _blame;
    private readonly Standing[] _reading, _capturing;
    private long _looked;
    private ulong _clockThen;

    public Inspection(RootWiring wiring, CheckpointCloser closer, Egress egress, Blame blame)
    {
        _at = wiring;
        _closer = closer;
        _egress = egress;
        _blame = blame;
        _reading = new Standing[2 * wiring.Functions.Length];
        _capturing = new Standing[wiring.Functions.Length];
    }

    /// <param name="now">Monotonic nanoseconds.</param>
    /// <exception cref="ChainFaultException">An NF has done something that can't be.</exception>
    public void Look(long now)
    {
        _blame.CheckWords();
        for (var function = 0; function < _at.Functions.Length; function++)
        {
            CheckSlots(function);
            CheckComplaint(function);
            for (var direction = 0; direction < 2; direction++) CheckReading(function, direction, now);
        }

        CheckStanding(now);
    }

    /// <summary>A slot's number is its checkpoint's, which the root has closed; one from the future would never be free.</summary>
    private void CheckSlots(int function)
    {
        for (ulong slot = 0; slot < DeltaSlots.Count; slot++)
        {
            var holds = _at.Slots[function].Holds(slot);
            if (holds > _closer.Closed || (holds != 0 && holds % DeltaSlots.Count != slot))
            {
                throw new ChainFaultException(function,
                    $"says that it has captured checkpoint {holds} in slot {slot}, but {_closer.Closed} is the last one closed");
            }
        }
    }

    /// <summary>Who complains rightly has an input that shows it; whoever filled that is at fault.</summary>
    private void CheckComplaint(int function)
    {
        ref var vitals = ref _at.Blocks[function].Vitals;
        // Acquire: the descriptor was written before the direction.
        var direction = (int)Volatile.Read(ref vitals.ComplaintDirection) - 1;
        if (direction == -1) return;
        var what = new Descriptor(vitals.ComplaintDescriptor);
        if (direction is not (0 or 1) || !Blame.IsUnread(_at.Rings.InputOf(function, direction), what))
            throw new ChainFaultException(function, $"complains of a descriptor {what.Raw:x} that nobody sent it");

        switch (what.Kind)
        {
            case DescriptorKind.Barrier or DescriptorKind.JoinBarrier when what.Value != 0 && what.Value <= _closer.Closed:
                throw OutOfStep(function, direction, what);
            case DescriptorKind.Packet when what.Buffer < _at.Pool.Count:
            case DescriptorKind.Tick:
                throw new ChainFaultException(function, $"complains of a descriptor {what.Raw:x} that is in order");
            default:
                throw new ChainFaultException(_blame.WhoMadeUp(what, wasSent: false) ?? function,
                    $"sent a descriptor {what.Raw:x} on that can't be");
        }
    }

    /// <summary>A barrier that exists came while another one was awaited: one is missing in front, or it came twice.</summary>
    private ChainFaultException OutOfStep(int function, int direction, Descriptor barrier)
    {
        var met = LastReadBarrier(_at.Rings.InputOf(function, 1 - direction));
        var (earlier, later) = (Math.Min(met, barrier.Value), Math.Max(met, barrier.Value));
        if (met != 0 && earlier != later && _blame.WhoSkipped(earlier, later, met < barrier.Value ? direction : 1 - direction) is { } skipper)
            return new ChainFaultException(skipper, $"did not pass barrier {earlier} on");
        return new ChainFaultException(_blame.WhoMadeUp(barrier, wasSent: true) ?? function,
            $"sent barrier {barrier.Value} on twice, or complains of it without cause");
    }

    /// <summary>An NF that lives and has room reads what is there.</summary>
    private void CheckReading(int function, int direction, long now)
    {
        var input = _at.Rings.InputOf(function, direction);
        var head = input.Head;
        ref var standing = ref _reading[2 * function + direction];
        var mayStand = input.Tail == head || IsFull(_at.Rings.OutputOf(function, direction)) || IsAtBarrier(function, direction);
        if (!HasStood(ref standing, function, mayStand ? null : head, now, ReadingPatience)) return;
        throw new ChainFaultException(function, $"lives, but has not read its input for {ReadingPatience / 1_000_000_000} s");
    }

    /// <summary>What came in a second ago is still in the chain, and nobody has it: then somebody has kept it.</summary>
    private void CheckStanding(long now)
    {
        // Compared by clock, because only that is known of each packet; the last clock of the last look is old by then.
        if (now - _looked < Patience) return;
        var checkpoint = _closer.Completed + 1;
        var isOld = checkpoint <= _closer.Closed && now - _at.Board.ClosedAt(checkpoint) > Patience;
        if (isOld) CheckCheckpoint(checkpoint, now);
        // The rings remember the newest one best; the oldest one is what a single packet was kept of many.
        if (_at.Buffers.TryFindInChain(_clockThen, out var oldest, out var newest))
        {
            CheckPacket(newest);
            CheckPacket(oldest);
        }

        _clockThen = _at.Buffers.LastClock;
        _looked = now;
    }

    private void CheckPacket(Descriptor packet)
    {
        if (!_blame.IsUnread(packet) && _blame.WhoSwallowed(packet) is { } swallower)
            throw new ChainFaultException(swallower, $"keeps packet buffer {packet.Buffer}, neither sent on nor dropped");
    }

    private void CheckCheckpoint(ulong checkpoint, long now)
    {
        var barrier = Descriptor.Barrier(checkpoint, join: false);
        if (_blame.IsUnread(barrier)) return;
        if (_egress.BothBarriers < checkpoint)
        {
            if (_blame.WhoSwallowed(barrier) is { } swallower)
                throw new ChainFaultException(swallower, $"did not pass barrier {checkpoint} on");
            return;
        }

        for (var function = 0; function < _at.Functions.Length; function++)
        {
            var slots = _at.Slots[function];
            var mayStand = slots.IsCaptured(checkpoint) || !slots.IsFree(checkpoint, _at.Control.Prepared);
            if (!HasStood(ref _capturing[function], function, mayStand ? null : checkpoint, now, Patience)) continue;
            throw new ChainFaultException(function, $"has met barrier {checkpoint} on both sides, but has not captured its state for a second");
        }
    }

    /// <summary>It has met a barrier on this input, and waits for the other input's or has not captured its state.</summary>
    private bool IsAtBarrier(int function, int direction)
    {
        var met = LastReadBarrier(_at.Rings.InputOf(function, direction));
        return met != 0
            && (LastReadBarrier(_at.Rings.InputOf(function, 1 - direction)) != met || !_at.Slots[function].IsCaptured(met));
    }

    /// <summary>The barrier that was read from a ring last of all, or 0.</summary>
    private static ulong LastReadBarrier(RingView ring)
    {
        var last = ring[ring.Head - 1];
        return last.Kind is DescriptorKind.Barrier or DescriptorKind.JoinBarrier ? last.Value : 0;
    }

    // A batch keeps a place free for a barrier.
    private static bool IsFull(RingView ring) => ring.Tail - ring.Head >= ring.Capacity - 1;

    /// <param name="standing">What was seen before.</param>
    /// <param name="function">The NF.</param>
    /// <param name="place">Where it stands; null when it may.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="patience">How long it may, in nanoseconds.</param>
    /// <returns>Whether one process has stood there for too long, and come by again and again.</returns>
    private bool HasStood(ref Standing standing, int function, ulong? place, long now, long patience)
    {
        ref var vitals = ref _at.Blocks[function].Vitals;
        var beat = Volatile.Read(ref vitals.Beat);
        var owner = Volatile.Read(ref vitals.Owner);
        if (place is not { } at || _at.Control.IsPaused(function))
        {
            standing = default;
            return false;
        }

        if (standing.Since == 0 || standing.Place != at || standing.Owner != owner) standing = new Standing(at, now, beat, owner);
        return now - standing.Since >= patience && beat - standing.Beat >= Passes;
    }

    /// <summary>Since when something stands at a place, and whose work that was and how often it had come by then.</summary>
    private record struct Standing(ulong Place, long Since, ulong Beat, uint Owner);
}
