using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Wire;

/// <summary>
/// A single-producer single-consumer ring of frames of any length, copied in and out. Each frame follows a 16-byte
/// header {length, term, tag}; a frame is never split, the end of the ring is skipped by a filler.
/// </summary>
internal static class FrameRing
{
    public const int TailOffset = 0, HeadOffset = 128, DataOffset = 256;
    public const int HeaderBytes = 16, Alignment = 16;
    public const int MaxFrameBytes = 16 * 1024;
    public const uint Filler = uint.MaxValue;

    public static int TotalBytes(int dataBytes) => DataOffset + dataBytes;

    /// <summary>A position read from the ring by who attaches to it. One between two frames would make headers reach
    /// over the end.</summary>
    /// <exception cref="MemoryObjectException">It is no frame's.</exception>
    public static unsafe ulong PositionAt(byte* ring, int offset)
    {
        // Safe: the offset is that of the head or the tail, and the caller vouches that a whole ring is mapped at ring.
        var position = *(ulong*)(ring + offset);
        return position % Alignment == 0 ? position
            : throw new MemoryObjectException($"frame ring: position {position} is no multiple of {Alignment}");
    }

    public static int SpaceOf(int frameBytes) => (HeaderBytes + frameBytes + Alignment - 1) / Alignment * Alignment;
}

[StructLayout(LayoutKind.Sequential)]
internal struct FrameHeader
{
    public uint Length;
    public uint Term;
    public ulong Tag;
}

/// <summary>The writing end of a frame ring.</summary>
internal sealed unsafe class FrameRingProducer(byte* ring, int dataBytes)
{
    // Safe: the caller vouches that the mapping holds FrameRing.TotalBytes(dataBytes) at ring; positions are taken
    // modulo dataBytes and a frame is written only where it fits before the end.
    private readonly byte* _data = ring + FrameRing.DataOffset;
    private ulong _tail = FrameRing.PositionAt(ring, FrameRing.TailOffset);
    private ulong _published = *(ulong*)(ring + FrameRing.TailOffset);
    private ulong _cachedHead;

    /// <summary>Writes a frame; false when there is no room, or the frame is longer than
    /// <see cref="FrameRing.MaxFrameBytes"/>. Not visible before <see cref="Publish"/>.</summary>
    public bool TryWrite(ReadOnlySpan<byte> frame, ulong tag, uint term)
    {
        if (frame.Length > FrameRing.MaxFrameBytes) return false;
        var space = FrameRing.SpaceOf(frame.Length);
        var at = (int)(_tail % (ulong)dataBytes);
        var skip = dataBytes - at < space ? dataBytes - at : 0;
        if (!HasRoom(space + skip)) return false;
        if (skip > 0)
        {
            ((FrameHeader*)(_data + at))->Length = FrameRing.Filler;
            _tail += (ulong)skip;
            at = 0;
        }

        *(FrameHeader*)(_data + at) = new FrameHeader { Length = (uint)frame.Length, Term = term, Tag = tag };
        frame.CopyTo(new Span<byte>(_data + at + FrameRing.HeaderBytes, frame.Length));
        _tail += (ulong)space;
        return true;
    }

    /// <summary>Makes the written frames visible to the consumer; false when there were none.</summary>
    public bool Publish()
    {
        if (_published == _tail) return false;
        // Release: the frames' bytes become visible before the tail.
        Volatile.Write(ref *(ulong*)(ring + FrameRing.TailOffset), _tail);
        _published = _tail;
        return true;
    }

    private bool HasRoom(int bytes)
    {
        if (RoomBehind(_cachedHead) >= bytes) return true;
        // Acquire: pairs with the consumer's release, so its reads are done before we write there again.
        _cachedHead = Volatile.Read(ref *(ulong*)(ring + FrameRing.HeadOffset));
        return RoomBehind(_cachedHead) >= bytes;
    }

    private long RoomBehind(ulong head)
    {
        // A consumer that writes nonsense gets a full ring.
        var used = _tail - head;
        return used > (ulong)dataBytes ? 0 : dataBytes - (long)used;
    }
}

/// <summary>The reading end of a frame ring.</summary>
internal sealed unsafe class FrameRingConsumer(byte* ring, int dataBytes)
{
    // Safe: as for the producer; every length read from the ring is checked before it is used.
    private readonly byte* _data = ring + FrameRing.DataOffset;
    private ulong _head = FrameRing.PositionAt(ring, FrameRing.HeadOffset);
    private ulong _cachedTail = *(ulong*)(ring + FrameRing.HeadOffset);

    /// <summary>The other side wrote a position or length that can't be; nothing more is read.</summary>
    public bool IsCorrupt { get; private set; }

    /// <summary>Looks at the next frame, in place.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> frame, out ulong tag, out uint term)
    {
        frame = default;
        tag = 0;
        term = 0;
        while (!IsCorrupt)
        {
            if (_head == _cachedTail)
            {
                // Acquire: pairs with the producer's release of the tail.
                var tail = Volatile.Read(ref *(ulong*)(ring + FrameRing.TailOffset));
                if (tail == _head) return false;
                IsCorrupt = tail - _head > (ulong)dataBytes || tail % FrameRing.Alignment != 0;
                if (IsCorrupt) return false;
                _cachedTail = tail;
            }

            var at = (int)(_head % (ulong)dataBytes);
            var header = *(FrameHeader*)(_data + at); // one copy: the other side can change it while we check
            if (header.Length == FrameRing.Filler)
            {
                _head += (ulong)(dataBytes - at);
                IsCorrupt = _cachedTail - _head > (ulong)dataBytes;
                continue;
            }

            if (header.Length > FrameRing.MaxFrameBytes
                || FrameRing.SpaceOf((int)header.Length) is var space && (space > dataBytes - at || (ulong)space > _cachedTail - _head))
            {
                IsCorrupt = true;
                return false;
            }

            frame = new ReadOnlySpan<byte>(_data + at + FrameRing.HeaderBytes, (int)header.Length);
            tag = header.Tag;
            term = header.Term;
            return true;
        }

        return false;
    }

    /// <summary>Steps over the frame that was peeked, of the given length.</summary>
    public void Take(int frameBytes) => _head += (ulong)FrameRing.SpaceOf(frameBytes);

    /// <summary>Gives the taken frames' room back to the producer.</summary>
    // Release: our reads are done before the producer may write there again.
    public void Release() => Volatile.Write(ref *(ulong*)(ring + FrameRing.HeadOffset), _head);
}
