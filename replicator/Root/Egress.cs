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
    private readonly Blame _blame;
    private readonly Latch[] _latches;
    private readonly uint[] _sent = new uint[64];

    public Egress(RootWiring wiring, RootStatistics statistics, CheckpointCloser closer, Blame blame)
    {
        _at = wiring;
        _statistics = statistics;
        _closer = closer;
        _blame = blame;
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

    /// <summary>The last barrier that arrived in a direction.</summary>
    public ulong LastBarrier(int direction) => _latches[direction].LastBarrier;

    /// <summary>Forgets all outputs; their buffers are given back by who calls.</summary>
    public void Clear()
    {
        foreach (var latch in _latches) latch.Clear();
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
                    if (!_at.Buffers.TryLatch(descriptor)) throw NotInChain(descriptor, LastIn(direction));
                    _at.Pool.Prefetch(descriptor.Buffer); // it may leave in this very step
                    latch.Push(descriptor.Buffer);
                    break;
                case DescriptorKind.Barrier or DescriptorKind.JoinBarrier:
                    if (descriptor.Value != latch.LastBarrier + 1 || descriptor.Value > _closer.Closed)
                        throw WrongBarrier(descriptor, direction);
                    latch.Mark(descriptor.Value);
                    break;
                case DescriptorKind.Tick:
                    break;
                default:
                    throw UnknownKind(descriptor, LastIn(direction));
            }
        }

        if (available > 0) tail.Advance(available);
        if (tail.IsCorrupt) throw new ChainFaultException(LastIn(direction), "says that it has sent more than fits its output ring");
        if (!_closer.Latched) latch.OpenAll();
        return available;
    }

    /// <summary>Takes dropped packets back.</summary>
    public int TakeReturns()
    {
        var taken = 0;
        for (var function = 0; function < _at.Returns.Length; function++)
        {
            var ring = _at.Returns[function];
            var available = ring.Available(int.MaxValue);
            for (var i = 0; i < available; i++) TakeReturn(function, ring.Peek(i));
            if (available > 0) ring.Advance(available);
            if (ring.IsCorrupt) throw new ChainFaultException(function, "says that it has dropped more than fits its return ring");
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
                        throw new ChainFaultException(null, $"a port gives buffer {buffer} back, which it does not have");
                    _at.Buffers.Release(buffer);
                }

                taken += count;
            }
            while (count == _sent.Length);
        }

        return taken;
    }

    /// <summary>Gives back all that came out.</summary>
    public int Discard()
    {
        var discarded = 0;
        foreach (var latch in _latches)
        {
            latch.OpenAll();
            while (latch.Ready() is { Length: > 0 } ready)
            {
                foreach (var buffer in ready) _at.Buffers.Release(buffer);
                latch.Pop(ready.Length);
                discarded += ready.Length;
            }
        }

        return discarded;
    }

    /// <summary>Sends what may leave.</summary>
    public int Release(Term term, long time)
    {
        var released = 0;
        for (var direction = 0; direction < 2; direction++)
        {
            while (_latches[direction].Ready() is { Length: > 0 } ready)
            {
                Send(ready, 1 - direction, term, time); // what goes left to right leaves by the right port
                _latches[direction].Pop(ready.Length);
                released += ready.Length;
            }
        }

        return released;
    }

    private void Send(ReadOnlySpan<uint> ready, int side, Term term, long time)
    {
        var (port, pool, buffers) = (_at.Ports[side], _at.Pool, _at.Buffers);
        var stations = port.IsNetwork ? _at.State.Stations[side] : null;
        var refused = 0;
        foreach (var buffer in ready)
        {
            var frame = pool.Frame(buffer);
            if (frame.Length == 0) _statistics.OutsideBuffer++;
            var outcome = frame.Length == 0 ? SendOutcome.Refused : port.Send(pool, buffer, frame, buffers.ClockOf(buffer), time, term.Counter);
            stations?.Learn(frame, time);
            if (outcome == SendOutcome.Refused) refused++;
            if (outcome == SendOutcome.Kept) buffers.ToPort(buffer);
            else buffers.Release(buffer);
        }

        _statistics.Sent(side, ready.Length - refused, refused);
    }

    private void TakeReturn(int function, Descriptor descriptor)
    {
        var isPoison = descriptor.Kind == DescriptorKind.Poison;
        if (!isPoison && descriptor.Kind != DescriptorKind.Packet)
        {
            throw new ChainFaultException(function,
                $"dropped a descriptor of kind {(int)descriptor.Kind}, but only packets can be dropped");
        }

        var packet = Descriptor.Packet(descriptor.Buffer, descriptor.Use);
        if (!_at.Buffers.IsInChain(packet)) throw NotInChain(packet, function);
        if (isPoison)
        {
            _statistics.Poisoned++;
            _at.Poison?.Put(function, _at.Buffers.DirectionOf(packet.Buffer), _at.Buffers.ClockOf(packet.Buffer),
                _at.Pool.Frame(packet.Buffer));
        }

        _at.Buffers.Release(packet.Buffer);
    }

    /// <param name="packet">What came out of the chain.</param>
    /// <param name="messenger">The NF that handed it over, who may have got it from another.</param>
    private ChainFaultException NotInChain(Descriptor packet, int messenger)
    {
        var buffer = packet.Buffer;
        if (buffer >= _at.Buffers.Total)
        {
            return new ChainFaultException(_blame.WhoMadeUp(packet, wasSent: false) ?? messenger,
                $"sent packet buffer {buffer} on, but there are {_at.Buffers.Total}");
        }

        // Clocks begin with 1, and what has one from the future nobody ever sent.
        var wasSent = packet.Use != 0 && !PacketUse.IsNewer(packet.Use, PacketUse.Of(default, _at.Buffers.LastClock));
        return new ChainFaultException(_blame.WhoMadeUp(packet, wasSent) ?? messenger,
            $"sent packet buffer {buffer} on twice, or without having got it");
    }

    private ChainFaultException UnknownKind(Descriptor descriptor, int messenger)
    {
        return new ChainFaultException(_blame.WhoMadeUp(descriptor, wasSent: false) ?? messenger,
            $"sent a descriptor of kind {(int)descriptor.Kind} on, which nobody knows");
    }

    private ChainFaultException WrongBarrier(Descriptor barrier, Direction direction)
    {
        var expected = LastBarrier((int)direction) + 1;
        if (barrier.Value > expected && barrier.Value <= _closer.Closed)
        {
            return new ChainFaultException(_blame.WhoSkipped(expected, barrier.Value, (int)direction) ?? LastIn(direction),
                $"did not pass barrier {expected} on");
        }

        return new ChainFaultException(_blame.WhoMadeUp(barrier, wasSent: barrier.Value <= _closer.Closed) ?? LastIn(direction),
            $"sent barrier {barrier.Value} on twice, or without having got it");
    }

    private int LastIn(Direction direction) => direction == Direction.LeftToRight ? _at.Functions.Length - 1 : 0;
}
