namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>Our end of a ring that the kernel writes: receive or completion.</summary>
internal sealed unsafe class XskConsumer<T> where T : unmanaged
{
    private readonly uint* _producer, _consumer;
    private readonly T* _slots;
    private readonly uint _size;
    private uint _next;

    /// <param name="producer">The word that the other end writes.</param>
    /// <param name="consumer">The word that this end writes.</param>
    /// <param name="slots">The slots.</param>
    /// <param name="size">Slots; a power of two.</param>
    public XskConsumer(uint* producer, uint* consumer, T* slots, uint size)
    {
        // Safe: the maker of the ring vouches for the words and for size slots; every index is masked by the size.
        _producer = producer;
        _consumer = consumer;
        _slots = slots;
        _size = size;
        _next = *consumer;
    }

    /// <summary>Slots ready to read; none when the other end's word is one that no honest writer can hold.</summary>
    public int Available
    {
        get
        {
            // Acquire: pairs with the kernel's release, so the slots up to there and the frames they name are written.
            var available = Volatile.Read(ref *_producer) - _next;
            return available > _size ? 0 : (int)available;
        }
    }

    /// <summary>The next slot; the caller has seen that there is one. Once read, it is read.</summary>
    public T Take() => _slots[_next++ & (_size - 1)];

    /// <summary>Gives the slots that were taken back to the kernel.</summary>
    public void Release() =>
        // Release: our reads of the slots are done before the kernel may write them again.
        Volatile.Write(ref *_consumer, _next);
}
