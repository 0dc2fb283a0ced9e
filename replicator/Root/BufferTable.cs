using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;

namespace Holdfast.Replicator.Root;

public enum BufferOwner : byte
{
    Free = 0,
    ChainLeftToRight = 1,
    ChainRightToLeft = 2,
    Latch = 3,
    /// <summary>With a port: ready for a driver to fill, or on its way out.</summary>
    Port = 4,
}

/// <summary>Who has each packet buffer, and its clock: nfmgr's private knowledge, which no NF can change.</summary>
public sealed class BufferTable
{
    private readonly BufferOwner[] _owners;
    private readonly ulong[] _clocks;
    private readonly Descriptor[] _descriptors; // valid while the buffer is inside the chain
    private readonly uint[] _free;
    private Counts _counts;

    public BufferTable(uint buffers)
    {
        _owners = new BufferOwner[buffers];
        _clocks = new ulong[buffers];
        _descriptors = new Descriptor[buffers];
        _free = new uint[buffers];
        // The first buffers are taken first, and the last one freed next: few pages and warm caches.
        for (uint i = 0; i < buffers; i++) _free[i] = buffers - 1 - i;
        _counts[(int)BufferOwner.Free] = (int)buffers;
    }

    public int Free => _counts[(int)BufferOwner.Free];

    public int Total => _owners.Length;

    /// <summary>Buffers that are inside the chain on the way in a direction.</summary>
    public int InChain(Direction direction) => _counts[(int)OwnerOf(direction)];

    public int InPorts => _counts[(int)BufferOwner.Port];

    public int InLatch => _counts[(int)BufferOwner.Latch];

    public static BufferOwner OwnerOf(Direction direction) =>
        direction == Direction.LeftToRight ? BufferOwner.ChainLeftToRight : BufferOwner.ChainRightToLeft;

    /// <summary>The next free buffers, without taking them.</summary>
    public ReadOnlySpan<uint> PeekFree(int count) => _free.AsSpan(Free - count, count);

    /// <summary>Takes buffers into the chain: a port's, or of those that were peeked, the last ones first.</summary>
    /// <param name="buffers">The buffers.</param>
    /// <param name="direction">Where they came in.</param>
    /// <param name="clock">Of the first; the others follow.</param>
    /// <param name="descriptors">Room for the descriptors under which their packets cross the chain.</param>
    public void Take(ReadOnlySpan<uint> buffers, Direction direction, ulong clock, Span<Descriptor> descriptors)
    {
        var (to, fromPorts) = (OwnerOf(direction), 0);
        for (var i = 0; i < buffers.Length; i++)
        {
            var buffer = buffers[i];
            ref var owner = ref _owners[buffer];
            if (owner == BufferOwner.Port) fromPorts++;
            owner = to;
            _clocks[buffer] = clock;
            descriptors[i] = _descriptors[buffer] = Descriptor.Packet(buffer, PacketUse.Of(direction, clock++));
        }

        _counts[(int)BufferOwner.Free] -= buffers.Length - fromPorts;
        _counts[(int)BufferOwner.Port] -= fromPorts;
        _counts[(int)to] += buffers.Length;
        LastClock = clock - 1;
    }

    /// <summary>The clock of the last packet that was taken in.</summary>
    public ulong LastClock { get; private set; }

    public ulong ClockOf(uint buffer) => _clocks[buffer];

    public bool IsOwnedBy(ulong buffer, BufferOwner owner) =>
        buffer < (ulong)_owners.Length && _owners[buffer] == owner;

    /// <summary>Whether the descriptor is the one of a packet that is inside the chain.</summary>
    public bool IsInChain(Descriptor packet) =>
        packet.Buffer < (uint)_owners.Length && packet == _descriptors[packet.Buffer] && IsChain(_owners[packet.Buffer]);

    /// <summary>The descriptor under which a buffer's packet crosses the chain.</summary>
    public Descriptor DescriptorOf(uint buffer) => _descriptors[buffer];

    /// <summary>Where a packet that is inside the chain came in.</summary>
    public Direction DirectionOf(uint buffer) =>
        _owners[buffer] == BufferOwner.ChainRightToLeft ? Direction.RightToLeft : Direction.LeftToRight;

    /// <summary>Gives a buffer to a port: one from the latch, or of those that were peeked, the last one first.</summary>
    public void ToPort(uint buffer) => Move(buffer, BufferOwner.Port);

    /// <summary>Moves a packet out of the chain and into the latch; false when its descriptor is none of a packet that is inside
    /// the chain.</summary>
    public bool TryLatch(Descriptor packet)
    {
        if (!IsInChain(packet)) return false;
        Move(packet.Buffer, BufferOwner.Latch);
        return true;
    }

    public void Release(uint buffer)
    {
        var free = Free;
        Move(buffer, BufferOwner.Free);
        _free[free] = buffer;
    }

    /// <summary>Gives back everything that is in the chain or the latch, which nobody may name any more.</summary>
    /// <returns>Buffers given back.</returns>
    public int Reclaim()
    {
        var before = Free;
        for (uint buffer = 0; buffer < _owners.Length; buffer++)
        {
            if (IsChain(_owners[buffer]) || _owners[buffer] == BufferOwner.Latch) Release(buffer);
        }

        return Free - before;
    }

    /// <summary>The packets inside the chain that came in first and last, of those with a clock up to
    /// <paramref name="clock"/>.</summary>
    public bool TryFindInChain(ulong clock, out Descriptor oldest, out Descriptor newest)
    {
        oldest = newest = default;
        ulong first = ulong.MaxValue, last = 0;
        for (uint buffer = 0; buffer < _owners.Length; buffer++)
        {
            if (!IsChain(_owners[buffer]) || _clocks[buffer] > clock) continue;
            if (_clocks[buffer] < first) (first, oldest) = (_clocks[buffer], DescriptorOf(buffer));
            if (_clocks[buffer] > last) (last, newest) = (_clocks[buffer], DescriptorOf(buffer));
        }

        return last > 0;
    }

    private static bool IsChain(BufferOwner owner) => owner is BufferOwner.ChainLeftToRight or BufferOwner.ChainRightToLeft;

    private void Move(uint buffer, BufferOwner to)
    {
        ref var owner = ref _owners[buffer];
        _counts[(int)owner]--;
        _counts[(int)to]++;
        owner = to;
    }

    /// <summary>Buffers by owner; in the object itself, where counting is one instruction.</summary>
    [System.Runtime.CompilerServices.InlineArray(1 + (int)BufferOwner.Port)]
    private struct Counts
    {
        private int _first;
    }
}
