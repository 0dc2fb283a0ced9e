namespace Holdfast.NfLib.Wire;

/// <summary>The node's end of the ring of accepted inputs.</summary>
internal sealed unsafe class RecordProducer(byte* wire)
{
    // Safe: the caller vouches for a mapping of WireLayout.TotalBytes; indices are taken modulo the capacity.
    private readonly WireRecord* _records = (WireRecord*)(wire + WireLayout.RecordsOffset);
    private ulong _tail = *(ulong*)(wire + WireLayout.RecordTailOffset);

    /// <summary>How many inputs can be recorded now; the node accepts no more than that.</summary>
    public int Room()
    {
        var used = _tail - Volatile.Read(ref *(ulong*)(wire + WireLayout.RecordHeadOffset));
        return used > WireLayout.RecordCapacity ? 0 : (int)(WireLayout.RecordCapacity - used);
    }

    public void Write(in WireRecord record) => _records[_tail++ % WireLayout.RecordCapacity] = record;

    /// <summary>Publishes the records; what they describe may enter the chain only after this.</summary>
    // Release: the records' contents before the tail. Both live in the far end's memory, so they survive this process.
    public void Publish() => Volatile.Write(ref *(ulong*)(wire + WireLayout.RecordTailOffset), _tail);
}

/// <summary>The far end's end of the ring of accepted inputs.</summary>
internal sealed unsafe class RecordConsumer(byte* wire)
{
    // Safe: as for the producer; a tail that no honest node can reach is not followed.
    private readonly WireRecord* _records = (WireRecord*)(wire + WireLayout.RecordsOffset);
    private ulong _head = *(ulong*)(wire + WireLayout.RecordHeadOffset);

    public bool TryRead(out WireRecord record)
    {
        record = default;
        var tail = Volatile.Read(ref *(ulong*)(wire + WireLayout.RecordTailOffset));
        if (tail == _head || tail - _head > WireLayout.RecordCapacity) return false;
        record = _records[_head++ % WireLayout.RecordCapacity];
        Volatile.Write(ref *(ulong*)(wire + WireLayout.RecordHeadOffset), _head);
        return true;
    }
}
