using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>The writing end of a single-producer single-consumer ring of descriptors.</summary>
public sealed unsafe class RingProducer
{
    private readonly MemoryObject _memory; // keeps the mapping alive
    private readonly ulong* _slots, _tail, _head;
    private readonly ulong _mask;
    private ulong _cachedHead;

    public RingProducer(MemoryObject memory)
    {
        // Safe: the capacity was checked against the size of the mapping, and every slot index is masked by it.
        Capacity = RingLayout.CheckedCapacity(memory);
        _memory = memory;
        _mask = Capacity - 1;
        _tail = (ulong*)(memory.Base + RingLayout.TailOffset);
        _head = (ulong*)(memory.Base + RingLayout.HeadOffset);
        _slots = (ulong*)(memory.Base + RingLayout.SlotsOffset);
        Tail = *_tail;
        _cachedHead = Volatile.Read(ref *_head);
    }

    public uint Capacity { get; }

    /// <summary>Descriptors published so far.</summary>
    public ulong Tail { get; private set; }

    /// <summary>Goes on where another process of the same NF has stopped.</summary>
    /// <exception cref="InvalidDataException">The consumer can't have read so far, or so little.</exception>
    public void Resume(ulong tail)
    {
        var head = Volatile.Read(ref *_head);
        // The last process may have died before it published all that it had committed.
        if (tail - head > Capacity)
            throw new InvalidDataException($"a ring of {Capacity} can't be written on from {tail}: {head} descriptors are read");
        Tail = tail;
        _cachedHead = head;
    }

    /// <summary>Free slots, at least <paramref name="wanted"/> if there are so many; looks at the consumer's word only
    /// when its cached copy does not suffice.</summary>
    public int Room(int wanted)
    {
        var room = RoomBehind(_cachedHead);
        if (room >= wanted) return room;
        // Acquire: pairs with the consumer's release of Head, so a slot is reused only after it was read.
        _cachedHead = Volatile.Read(ref *_head);
        return RoomBehind(_cachedHead);
    }

    /// <summary>Writes a descriptor <paramref name="position"/> slots beyond the published tail. The caller has seen
    /// that there is room.</summary>
    public void Put(int position, Descriptor descriptor) =>
        _slots[(Tail + (ulong)position) & _mask] = descriptor.Raw;

    /// <summary>Writes descriptors behind the published tail. The caller has seen that there is room.</summary>
    public void Put(ReadOnlySpan<Descriptor> descriptors)
    {
        // Safe: what does not fit before the last slot goes to the first ones; more than the capacity is never room for.
        var start = Tail & _mask;
        var first = (int)Math.Min((ulong)descriptors.Length, Capacity - start);
        descriptors[..first].CopyTo(new Span<Descriptor>(_slots + start, first));
        if (first < descriptors.Length) descriptors[first..].CopyTo(new Span<Descriptor>(_slots, (int)Capacity));
    }

    /// <summary>Publishes the next <paramref name="count"/> written descriptors to the consumer.</summary>
    public void Publish(int count) => PublishTo(Tail + (ulong)count);

    /// <summary>Publishes all written descriptors before an absolute index. Doing it twice, or after they were read, is
    /// harmless.</summary>
    public void PublishTo(ulong tail)
    {
        Tail = tail;
        if (*_tail == tail) return; // the word is ours alone, so only a change is worth the line's way to the consumer
        // Release: the slots' contents and the packets behind them become visible before the tail.
        Volatile.Write(ref *_tail, Tail);
        GC.KeepAlive(_memory);
    }

    /// <summary>Puts and publishes one descriptor; false when the ring is full.</summary>
    public bool TryEnqueue(Descriptor descriptor)
    {
        if (Room(1) < 1) return false;
        Put(0, descriptor);
        Publish(1);
        return true;
    }

    private int RoomBehind(ulong head)
    {
        // A consumer that writes nonsense gets a full ring, never an index outside it.
        var used = Tail - head;
        return used > Capacity ? 0 : (int)(Capacity - used);
    }
}
