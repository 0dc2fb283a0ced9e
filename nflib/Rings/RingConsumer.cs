using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>The reading end of a single-producer single-consumer ring of descriptors.</summary>
public sealed unsafe class RingConsumer
{
    private readonly MemoryObject _memory; // keeps the mapping alive
    private readonly ulong* _slots, _tail, _head;
    private readonly ulong _mask;
    private ulong _cachedTail;

    public RingConsumer(MemoryObject memory)
    {
        // Safe: the capacity was checked against the size of the mapping, and every slot index is masked by it.
        Capacity = RingLayout.CheckedCapacity(memory);
        _memory = memory;
        _mask = Capacity - 1;
        _tail = (ulong*)(memory.Base + RingLayout.TailOffset);
        _head = (ulong*)(memory.Base + RingLayout.HeadOffset);
        _slots = (ulong*)(memory.Base + RingLayout.SlotsOffset);
        Head = *_head;
        _cachedTail = Head;
    }

    public uint Capacity { get; }

    /// <summary>Descriptors consumed so far.</summary>
    public ulong Head { get; private set; }

    /// <summary>The producer published an index that no honest producer can reach; nothing more is read.</summary>
    public bool IsCorrupt { get; private set; }

    /// <summary>Goes on where another process of the same NF has stopped.</summary>
    /// <exception cref="InvalidDataException">The producer can't have published so much, or has published less.</exception>
    public void Resume(ulong head)
    {
        var tail = Volatile.Read(ref *_tail);
        if (tail - head > Capacity)
            throw new InvalidDataException($"a ring of {Capacity} can't be read on from {head}: {tail} descriptors are published");
        Head = _cachedTail = head;
        IsCorrupt = false;
    }

    /// <summary>Descriptors ready to read, at least <paramref name="wanted"/> if there are so many.</summary>
    public int Available(int wanted = 1)
    {
        var available = _cachedTail - Head;
        if (available >= (ulong)wanted) return (int)available;
        // Acquire: pairs with the producer's release of Tail, so the slots up to it hold their descriptors.
        var tail = Volatile.Read(ref *_tail);
        if (IsCorrupt || tail - Head > Capacity)
        {
            IsCorrupt = true;
            _cachedTail = Head;
            return 0;
        }

        _cachedTail = tail;
        return (int)(tail - Head);
    }

    /// <summary>The descriptor <paramref name="position"/> places behind the head; the caller has seen that it is
    /// available.</summary>
    public Descriptor Peek(int position) => new(_slots[(Head + (ulong)position) & _mask]);

    /// <summary>Gives the next <paramref name="count"/> slots back to the producer.</summary>
    public void Advance(int count) => AdvanceTo(Head + (ulong)count);

    /// <summary>Gives all slots before an absolute index back to the producer. Doing it twice is harmless.</summary>
    public void AdvanceTo(ulong head)
    {
        Head = head;
        if (*_head == head) return; // the word is ours alone, so only a change is worth the line's way to the producer
        // Release: our reads of the slots are done before the producer may write them again.
        Volatile.Write(ref *_head, Head);
        GC.KeepAlive(_memory);
    }
}
