using System.Diagnostics.CodeAnalysis;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>
/// The run loop of one NF: takes batches from its two inputs, passes barriers on, and captures its changed state when
/// a barrier has arrived on both. It never blocks; a test or a process host calls <see cref="DoWork"/>.
/// </summary>
public sealed class NfLoop
{
    private readonly INetworkFunction _nf;
    private readonly NfAttachment _at;
    private readonly Batch _batch;
    private readonly KnownBadLoop _knownBad; // tested by mask: HasFlag allocates until the JIT has optimised
    private readonly ulong[] _metBarrier = new ulong[2];
    private bool _joining;
    private ulong _capturing;

    public NfLoop(INetworkFunction nf, NfAttachment attachment) : this(nf, attachment, KnownBadLoop.None) { }

    internal NfLoop(INetworkFunction nf, NfAttachment attachment, KnownBadLoop knownBad)
    {
        _nf = nf;
        _at = attachment;
        _batch = new Batch(attachment.Pool);
        _knownBad = knownBad;
    }

    /// <summary>Does what can be done now without waiting.</summary>
    /// <returns>Descriptors consumed and captures made; 0 when there was nothing to do.</returns>
    public int DoWork()
    {
        if (!_at.Control.Active) return 0;
        var work = TryCapture();
        work += Step(Direction.LeftToRight);
        work += Step(Direction.RightToLeft);
        if (work == 0) return 0;
        foreach (var neighbour in _at.Neighbours) neighbour.Ring();
        return work;
    }

    private int Step(Direction direction)
    {
        // Behind a barrier nothing is read until the other side's barrier has come and the state is captured.
        if (_metBarrier[(int)direction] != 0) return 0;
        var input = _at.Inputs[(int)direction];
        var output = _at.Outputs[(int)direction];
        var available = input.Available(Batch.MaxPackets);
        if (available == 0) return 0;

        // One slot of the output stays free for a barrier; every packet might be dropped.
        var most = Math.Min(available, Batch.MaxPackets);
        most = Math.Min(most, output.Room(most + 1) - 1);
        most = Math.Min(most, _at.Returns.Room(most));
        var taken = 0;
        Descriptor special = default;
        _batch.Begin(direction);
        while (taken < most)
        {
            var descriptor = input.Peek(taken);
            if (descriptor.Kind != DescriptorKind.Packet)
            {
                special = descriptor;
                break;
            }

            _batch.Add(CheckedBuffer(descriptor));
            taken++;
        }

        if (taken > 0)
        {
            ProcessBatch(input, output, taken);
            return taken;
        }

        // A barrier or tick ends the batch before it, so it is always alone. The kept slot lets it through.
        if (special == default && available > 0) special = input.Peek(0);
        if (special.Kind == DescriptorKind.Packet || output.Room(1) < 1) return 0;
        PassOn(direction, special, input, output);
        return 1;
    }

    private void ProcessBatch(RingConsumer input, RingProducer output, int taken)
    {
        _nf.Process(_batch);

        ref var statistics = ref _at.Block.Statistics;
        var back = _at.Outputs[1 - (int)_batch.Direction];
        int forwarded = 0, dropped = 0, turned = 0;
        for (var i = 0; i < taken; i++)
        {
            var descriptor = Descriptor.Packet(_batch.BufferOf(i));
            if (_batch.IsForwarded(i))
            {
                output.Put(forwarded++, descriptor);
            }
            // Here too one slot stays free for a barrier; waiting for room could make a circle of NFs.
            else if (_batch.IsTurnedBack(i) && back.Room(turned + 2) >= turned + 2)
            {
                back.Put(turned++, descriptor);
                _at.Pool.Metadata(_batch.BufferOf(i)).Direction ^= 1;
            }
            else
            {
                if ((_knownBad & KnownBadLoop.KeepDropped) == 0) _at.Returns.Put(dropped++, descriptor);
                statistics.Dropped[(int)_batch.ReasonOf(i)]++;
            }
        }

        // Outputs before inputs: a packet may be seen twice by a reader of both rings, never nowhere.
        if (forwarded > 0) output.Publish(forwarded);
        if (turned > 0) back.Publish(turned);
        if (dropped > 0) _at.Returns.Publish(dropped);
        input.Advance(taken);

        statistics.Batches++;
        statistics.Forwarded += (ulong)forwarded;
        statistics.TurnedBack += (ulong)turned;
        if (_batch.FromLeft) statistics.PacketsLeftToRight += (ulong)taken;
        else statistics.PacketsRightToLeft += (ulong)taken;
    }

    private void PassOn(Direction direction, Descriptor special, RingConsumer input, RingProducer output)
    {
        switch (special.Kind)
        {
            case DescriptorKind.Tick:
                _nf.Tick((long)special.Value * 1000);
                _at.Block.Statistics.Ticks++;
                break;
            case DescriptorKind.Barrier or DescriptorKind.JoinBarrier:
                // Passed on before the capture: with two directions, waiting would be a circle.
                _metBarrier[(int)direction] = special.Value;
                _joining |= special.Kind == DescriptorKind.JoinBarrier;
                break;
            default:
                ThrowUnknown(special);
                break;
        }

        output.Put(0, special);
        output.Publish(1);
        input.Advance(1);
        MeetBarriers();
    }

    private void MeetBarriers()
    {
        var (left, right) = (_metBarrier[0], _metBarrier[1]);
        if ((_knownBad & KnownBadLoop.CaptureAfterOneBarrier) != 0 && _capturing == 0 && left != right)
        {
            var first = Math.Max(left, right);
            if (_at.Slots.Holds(first) == first || !_at.Slots.IsFree(first, _at.Control.Prepared)) return;
            if (_joining) _at.Block.MarkAllInUse();
            _at.Slots.Capture(_at.Block, first);
            return;
        }

        if (left == 0 || right == 0) return;
        if (left != right) ThrowBarriersDiffer(left, right);
        _capturing = left;
        TryCapture();
    }

    private int TryCapture()
    {
        if (_capturing == 0) return 0;
        if (!_at.Slots.IsCaptured(_capturing))
        {
            // No free slot means that the standby is behind: waiting only delays.
            if (!_at.Slots.IsFree(_capturing, _at.Control.Prepared)) return 0;
            if (_joining) _at.Block.MarkAllInUse();
            ref var vitals = ref _at.Block.Vitals;
            vitals.CapturedLines += (ulong)_at.Slots.Capture(_at.Block, _capturing);
            vitals.Captures++;
        }

        _joining = false;
        _capturing = 0;
        _metBarrier[0] = _metBarrier[1] = 0;
        return 1;
    }

    private uint CheckedBuffer(Descriptor descriptor)
    {
        if (descriptor.Value < _at.Pool.Count) return (uint)descriptor.Value;
        ThrowBadBuffer(descriptor);
        return 0;
    }

    [DoesNotReturn]
    private void ThrowBadBuffer(Descriptor descriptor) =>
        throw new InvalidDataException($"a ring names packet buffer {descriptor.Value}, the pool has {_at.Pool.Count}");

    [DoesNotReturn]
    private static void ThrowUnknown(Descriptor descriptor) =>
        throw new InvalidDataException($"a ring holds a descriptor of unknown kind {(int)descriptor.Kind}");

    [DoesNotReturn]
    private static void ThrowBarriersDiffer(ulong left, ulong right) =>
        throw new InvalidDataException($"barrier {left} came from the left while {right} came from the right");
}
