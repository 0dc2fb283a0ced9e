using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.Replicator.Identity;

namespace Holdfast.Replicator.Root;

/// <summary>The end of the chain: outputs into the latch and out of it, dropped packets back into the pool.</summary>
internal sealed class Egress
{
    private readonly RootWiring _at;
    private readonly RootStatistics _statistics;
    private readonly CheckpointCloser _closer;
    private readonly Latch[] _latches;
    private readonly uint[] _sent = new uint[64];

    public Egress(RootWiring wiring, RootStatistics statistics, CheckpointCloser closer)
    {
        _at = wiring;
        _statistics = statistics;
        _closer = closer;
        _latches = [new Latch(wiring.Pool.Count), new Latch(wiring.Pool.Count)];
    }

    /// <summary>The last barrier that arrived in both directions.</summary>
    public ulong BothBarriers => Math.Min(_latches[0].LastBarrier, _latches[1].LastBarrier);

    /// <summary>No output of a later checkpoint than this has come out of the chain yet.</summary>
    public ulong ReleasedUpTo => Math.Max(_latches[0].LastBarrier, _latches[1].LastBarrier) + 1;

    public bool HasReturns
    {
        get
        {
            foreach (var ring in _at.Returns)
            {
                if (ring.Available() > 0) return true;
            }

            return false;
        }
    }

    public void ContinueFrom(ulong checkpoint)
    {
        foreach (var latch in _latches) latch.StartBehind(checkpoint);
    }

    public void Open(ulong prepared)
    {
        foreach (var latch in _latches) latch.Open(prepared);
    }

    public void OpenAll()
    {
        foreach (var latch in _latches) latch.OpenAll();
    }

    /// <summary>Reads everything that has come out in one direction.</summary>
    public int Collect(Direction direction)
    {
        var tail = _at.Tails[(int)direction];
        var latch = _latches[(int)direction];
        var available = tail.Available(int.MaxValue);
        for (var i = 0; i < available; i++)
        {
            var descriptor = tail.Peek(i);
            switch (descriptor.Kind)
            {
                case DescriptorKind.Packet:
                    // Of either direction: an NF may have turned the packet back.
                    if (!_at.Buffers.IsInChain(descriptor))
                        throw new ChainFaultException($"the chain's {direction} end names buffer {descriptor.Buffer}, which is not in the chain");
                    _at.Buffers.ToLatch(descriptor.Buffer);
                    latch.Push(descriptor.Buffer);
                    break;
                case DescriptorKind.Barrier or DescriptorKind.JoinBarrier:
                    if (descriptor.Value != latch.LastBarrier + 1)
                        throw new ChainFaultException(
                            $"barrier {descriptor.Value} came out of the chain's {direction} end after {latch.LastBarrier}");
                    latch.Mark(descriptor.Value);
                    break;
                case DescriptorKind.Tick:
                    break;
                default:
                    throw new ChainFaultException($"the chain's {direction} end holds a descriptor of kind {(int)descriptor.Kind}");
            }
        }

        if (available > 0) tail.Advance(available);
        if (tail.IsCorrupt) throw new ChainFaultException($"the ring at the chain's {direction} end holds an impossible tail");
        if (!_closer.Latched) latch.OpenAll();
        return available;
    }

    /// <summary>Takes dropped packets back.</summary>
    public int TakeReturns()
    {
        var taken = 0;
        foreach (var ring in _at.Returns)
        {
            var available = ring.Available(int.MaxValue);
            for (var i = 0; i < available; i++)
            {
                var descriptor = ring.Peek(i);
                if (!_at.Buffers.IsInChain(descriptor))
                    throw new ChainFaultException($"an NF dropped buffer {descriptor.Buffer}, which is not in the chain");
                _at.Buffers.Release(descriptor.Buffer);
            }

            if (available > 0) ring.Advance(available);
            if (ring.IsCorrupt) throw new ChainFaultException("an NF's return ring holds an impossible tail");
            _statistics.Dropped += (ulong)available;
            taken += available;
        }

        return taken;
    }

    /// <summary>Takes buffers back whose frames have left.</summary>
    public int TakeSent()
    {
        var taken = 0;
        foreach (var port in _at.Ports)
        {
            int count;
            do
            {
                count = port.TakeBack(_sent);
                foreach (var buffer in _sent.AsSpan(0, count))
                {
                    if (!_at.Buffers.IsOwnedBy(buffer, BufferOwner.Port))
                        throw new ChainFaultException($"a port gives buffer {buffer} back, which it does not have");
                    _at.Buffers.Release(buffer);
                }

                taken += count;
            }
            while (count == _sent.Length);
        }

        return taken;
    }

    /// <summary>Sends what may leave.</summary>
    public int Release(Term term, long time)
    {
        var released = 0;
        for (var direction = 0; direction < 2; direction++)
        {
            // What goes left to right leaves by the right port.
            var out_ = 1 - direction;
            var port = _at.Ports[out_];
            for (; _latches[direction].TryPop(out var buffer); released++)
            {
                var frame = _at.Pool.Frame(buffer);
                var outcome = frame.Length == 0 ? SendOutcome.Refused
                    : port.Send(_at.Pool, buffer, frame, _at.Buffers.ClockOf(buffer), time, term.Counter);
                if (port.IsNetwork) _at.State.Stations[out_].Learn(frame, time);
                if (outcome == SendOutcome.Refused) _statistics.Refuse(out_);
                else _statistics.Release(out_);
                if (outcome == SendOutcome.Kept) _at.Buffers.ToPort(buffer);
                else _at.Buffers.Release(buffer);
            }
        }

        return released;
    }
}
