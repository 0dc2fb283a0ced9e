using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;

namespace Holdfast.NfLib.Wire;

/// <summary>The node's end of a wire: what its port reads, writes and writes down.</summary>
public sealed unsafe class WireNodeEnd : IDisposable
{
    private readonly MemoryObject _memory;
    private readonly FrameRingConsumer _toNode;
    private readonly FrameRingProducer _fromNode;
    private readonly RecordProducer _records;
    private readonly Doorbell _sleep, _farEnd;

    /// <param name="memory">The wire, received from the far end.</param>
    /// <param name="nodeEventFd">What the far end writes to when this node sleeps.</param>
    /// <param name="farEventFd">What wakes the far end; taken over.</param>
    public WireNodeEnd(MemoryObject memory, int nodeEventFd, int farEventFd)
    {
        if (memory.Bytes < WireLayout.TotalBytes)
            throw new MemoryObjectException($"wire: {memory.Bytes} bytes are fewer than {WireLayout.TotalBytes}");
        _memory = memory;
        _toNode = new FrameRingConsumer(memory.Base + WireLayout.ToNodeOffset, WireLayout.FrameRingBytes);
        _fromNode = new FrameRingProducer(memory.Base + WireLayout.FromNodeOffset, WireLayout.FrameRingBytes);
        _records = new RecordProducer(memory.Base);
        _sleep = new Doorbell(memory, WireLayout.NodeSleepOffset, nodeEventFd);
        _farEnd = new Doorbell(memory, WireLayout.FarSleepOffset, farEventFd);
    }

    /// <summary>Frames that the far end could not place because the ring was full.</summary>
    public ulong Refused => Volatile.Read(ref *(ulong*)(_memory.Base + WireLayout.RefusedOffset));

    public bool IsCorrupt => _toNode.IsCorrupt;

    /// <summary>Inputs that can be recorded now.</summary>
    public int RecordRoom => _records.Room();

    public bool TryPeek(out ReadOnlySpan<byte> frame, out ulong tag) => _toNode.TryPeek(out frame, out tag, out _);

    public void Take(int frameBytes) => _toNode.Take(frameBytes);

    /// <summary>Gives the room of taken frames back to the far end.</summary>
    public void ReleaseTaken() => _toNode.Release();

    public void Record(in WireRecord record) => _records.Write(record);

    public void PublishRecords() => _records.Publish();

    /// <summary>Hands a released frame to the far end; false when its ring is full.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame, ulong clock, uint term) =>
        frame.Length <= FrameRing.MaxFrameBytes && _fromNode.TryWrite(frame, clock, term);

    public void PublishSent()
    {
        if (_fromNode.Publish()) _farEnd.Ring();
    }

    /// <summary>Says that this node rules now.</summary>
    public void Announce(in Announcement announcement)
    {
        ref var count = ref *(ulong*)(_memory.Base + WireLayout.AnnouncementCountOffset);
        var list = (Announcement*)(_memory.Base + WireLayout.AnnouncementsOffset);
        // Safe: the index is taken modulo the places.
        list[count % WireLayout.MaxAnnouncements] = announcement;
        // Release: the announcement before its count.
        Volatile.Write(ref count, count + 1);
        _farEnd.Ring();
    }

    public void AnnounceSleep() => _sleep.AnnounceSleep();

    public void CancelSleep() => _sleep.CancelSleep();

    /// <summary>Whether the far end has put a frame there that was not taken yet.</summary>
    public bool HasFrames => _toNode.TryPeek(out _, out _, out _);

    public void Dispose()
    {
        if (_memory.Base != null) _ = Libc.Close(_farEnd.EventFd);
        _memory.Dispose();
    }
}

/// <summary>The far end of a wire: what a load generator, a judge or a test uses.</summary>
public sealed unsafe class WireFarEnd : IDisposable
{
    private readonly MemoryObject _memory;
    private readonly FrameRingProducer _toNode;
    private readonly FrameRingConsumer _fromNode;
    private readonly RecordConsumer _records;
    private readonly Doorbell _node, _sleep;
    private ulong _announcementsRead;

    /// <param name="memory">The wire that this end made.</param>
    /// <param name="nodeEventFd">What wakes the node.</param>
    /// <param name="farEventFd">What the node writes to when this end sleeps.</param>
    public WireFarEnd(MemoryObject memory, int nodeEventFd, int farEventFd)
    {
        _memory = memory;
        _toNode = new FrameRingProducer(memory.Base + WireLayout.ToNodeOffset, WireLayout.FrameRingBytes);
        _fromNode = new FrameRingConsumer(memory.Base + WireLayout.FromNodeOffset, WireLayout.FrameRingBytes);
        _records = new RecordConsumer(memory.Base);
        _node = new Doorbell(memory, WireLayout.NodeSleepOffset, nodeEventFd);
        _sleep = new Doorbell(memory, WireLayout.FarSleepOffset, farEventFd);
    }

    /// <summary>Puts a frame on the wire; a full ring refuses it and counts that. Publish afterwards.</summary>
    public bool TrySend(ReadOnlySpan<byte> frame, ulong tag)
    {
        if (_toNode.TryWrite(frame, tag, 0)) return true;
        ref var refused = ref *(ulong*)(_memory.Base + WireLayout.RefusedOffset);
        Volatile.Write(ref refused, refused + 1);
        return false;
    }

    /// <summary>Makes sent frames visible and wakes the node if it sleeps.</summary>
    public void PublishSent()
    {
        if (_toNode.Publish()) _node.Ring();
    }

    /// <summary>Looks at the next frame that the node released, in place.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> frame, out ulong clock, out uint term) =>
        _fromNode.TryPeek(out frame, out clock, out term);

    /// <summary>Whether the node has released a frame that was not taken yet.</summary>
    public bool HasFrames => _fromNode.TryPeek(out _, out _, out _);

    /// <summary>The node wrote a position or length that can't be; nothing more is read from this wire.</summary>
    public bool IsCorrupt => _fromNode.IsCorrupt;

    public void Take(int frameBytes)
    {
        _fromNode.Take(frameBytes);
        _fromNode.Release();
    }

    /// <summary>Reads the next accepted input, in the order of their clocks on this wire.</summary>
    public bool TryReadRecord(out WireRecord record) => _records.TryRead(out record);

    /// <summary>Reads the next announcement of a term.</summary>
    public bool TryReadAnnouncement(out Announcement announcement)
    {
        announcement = default;
        var count = Volatile.Read(ref *(ulong*)(_memory.Base + WireLayout.AnnouncementCountOffset));
        if (_announcementsRead >= count) return false;
        announcement = ((Announcement*)(_memory.Base + WireLayout.AnnouncementsOffset))
            [_announcementsRead++ % WireLayout.MaxAnnouncements];
        return true;
    }

    public void AnnounceSleep() => _sleep.AnnounceSleep();

    public void CancelSleep() => _sleep.CancelSleep();

    public void Dispose() => _memory.Dispose();
}
