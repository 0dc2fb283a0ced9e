namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>Our end of a ring that the kernel reads: fill or transmit.</summary>
internal sealed unsafe class XskProducer<T> where T : unmanaged
{
    private readonly uint* _producer, _consumer, _flags;
    private readonly T* _slots;
    private readonly uint _size;
    private uint _next, _published;

    /// <param name="producer">The word that this end writes.</param>
    /// <param name="consumer">The word that the other end writes.</param>
    /// <param name="flags">The other end's flags.</param>
    /// <param name="slots">The slots.</param>
    /// <param name="size">Slots; a power of two.</param>
    public XskProducer(uint* producer, uint* consumer, uint* flags, T* slots, uint size)
    {
        // Safe: the maker of the ring vouches for the words and for size slots; every index is masked by the size.
        _producer = producer;
        _consumer = consumer;
        _flags = flags;
        _slots = slots;
        _size = size;
        _next = _published = *producer;
    }

    /// <summary>Free slots.</summary>
    public int Room
    {
        get
        {
            // Acquire: the kernel has read a slot before it moved its word, so the slot may be written again. A word
            // that no honest reader can hold is a full ring.
            var used = _next - Volatile.Read(ref *_consumer);
            return used > _size ? 0 : (int)(_size - used);
        }
    }

    /// <summary>Published slots that the kernel has not read yet.</summary>
    public uint Unread => _published - Volatile.Read(ref *_consumer);

    /// <summary>Whether the kernel reads the ring only when asked by a system call.</summary>
    public bool NeedsWakeup => (Volatile.Read(ref *_flags) & XdpAbi.XDP_RING_NEED_WAKEUP) != 0;

    /// <summary>Writes the next slot; the caller has seen that there is room.</summary>
    public void Put(T value) => _slots[_next++ & (_size - 1)] = value;

    /// <summary>Lets the kernel see what was put.</summary>
    /// <returns>Whether there was anything.</returns>
    public bool Publish()
    {
        if (_next == _published) return false;
        _published = _next;
        // Release: the slots, and the frames that they name, before the word that says they are there.
        Volatile.Write(ref *_producer, _next);
        return true;
    }
}
