using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>A ring seen from outside by who is neither of its ends: never writes, and believes nothing, since both ends may
/// be changing it, and may be lying.</summary>
public sealed unsafe class RingView
{
    private readonly MemoryObject _memory; // keeps the mapping alive
    private readonly ulong* _slots, _tail, _head;

    public RingView(MemoryObject memory)
    {
        // Safe: the capacity was checked against the size of the mapping, and every slot index is masked by it.
        Capacity = RingLayout.CheckedCapacity(memory);
        _memory = memory;
        _tail = (ulong*)(memory.Base + RingLayout.TailOffset);
        _head = (ulong*)(memory.Base + RingLayout.HeadOffset);
        _slots = (ulong*)(memory.Base + RingLayout.SlotsOffset);
    }

    public uint Capacity { get; }

    /// <summary>What the producer says that it has published.</summary>
    public ulong Tail => Volatile.Read(ref *_tail);

    /// <summary>What the consumer says that it has read.</summary>
    public ulong Head => Volatile.Read(ref *_head);

    /// <summary>Descriptors that wait for the consumer; above <see cref="Capacity"/> when an end writes nonsense.</summary>
    public ulong Unread
    {
        get
        {
            // The head first: it only rises up to the tail, so the difference can't come out negative.
            var head = Head;
            return Tail - head;
        }
    }

    /// <summary>The descriptor in the slot of an absolute index, whatever that is.</summary>
    public Descriptor this[ulong index]
    {
        get
        {
            var descriptor = new Descriptor(Volatile.Read(ref _slots[index & (Capacity - 1)]));
            GC.KeepAlive(_memory);
            return descriptor;
        }
    }
}

/// <summary>All rings of a chain seen from outside: by edge (edge i lies left of NF i) and direction, and what each NF
/// drops.</summary>
public sealed record RingViews(RingView[] ToRight, RingView[] ToLeft, RingView[] Returns)
{
    public int Functions => Returns.Length;

    /// <summary>What an NF reads; direction 0 is left to right.</summary>
    public RingView InputOf(int function, int direction) => direction == 0 ? ToRight[function] : ToLeft[function + 1];

    /// <summary>What an NF writes.</summary>
    public RingView OutputOf(int function, int direction) => direction == 0 ? ToRight[function + 1] : ToLeft[function];
}
