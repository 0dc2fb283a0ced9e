using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>Looks at a ring from beside it: how far its two ends say they are. Hints, which either end can make up.</summary>
public sealed unsafe class RingProbe
{
    private readonly MemoryObject _memory; // keeps the mapping alive
    private readonly ulong* _tail, _head;

    public RingProbe(MemoryObject memory)
    {
        // Safe: an object with room for the capacity has room for both words before it.
        Capacity = RingLayout.CheckedCapacity(memory);
        _memory = memory;
        _tail = (ulong*)(memory.Base + RingLayout.TailOffset);
        _head = (ulong*)(memory.Base + RingLayout.HeadOffset);
    }

    public uint Capacity { get; }

    /// <summary>Descriptors consumed so far.</summary>
    public ulong Head => Volatile.Read(ref *_head);

    /// <summary>Descriptors that wait for the consumer; above <see cref="Capacity"/> when an end writes nonsense.</summary>
    public ulong Unread
    {
        get
        {
            // The head first: it only rises up to the tail, so the difference can't come out negative.
            var head = Head;
            GC.KeepAlive(_memory);
            return Volatile.Read(ref *_tail) - head;
        }
    }
}
