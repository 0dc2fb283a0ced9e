using Holdfast.NfLib.Packets;

namespace Holdfast.NfLib.Functions;

/// <summary>One packet of a batch, valid while the batch is processed.</summary>
public readonly ref struct Packet
{
    private readonly Batch _batch;
    private readonly Span<byte> _frame;
    private readonly ref PacketMetadata _metadata;

    internal Packet(Batch batch, int position, uint buffer)
    {
        _batch = batch;
        Position = position;
        _frame = batch.Pool.Frame(buffer);
        _metadata = ref batch.Pool.Metadata(buffer);
    }

    /// <summary>Place in the batch.</summary>
    internal int Position { get; }

    /// <summary>The frame from its Ethernet header on, without FCS.</summary>
    public ReadOnlySpan<byte> Bytes => _frame;

    /// <summary>Length of the frame in bytes.</summary>
    public int Length => _frame.Length;

    /// <summary>The root's time of the packet, in nanoseconds since the Unix epoch.</summary>
    public long Time => _metadata.Time;

    /// <summary>Whether the packet travels from left to right.</summary>
    public bool FromLeft => _metadata.Direction == (byte)Direction.LeftToRight;

    /// <summary>The hash of the packet's flow as its headers are now, the same for both directions (<see cref="Headers.FlowHash"/>);
    /// 0 if it is no IP packet. A network card has computed it where one can. Cards disagree about rare forms such as IPv6
    /// extension headers, so spread work by it, and keep no state under it. Ask before or after a change, not while the span of
    /// <see cref="Write"/> is half written.</summary>
    public uint FlowHash
    {
        get
        {
            if (_metadata.FlowHash == 0) _metadata.FlowHash = Headers.FlowHash.Of(_frame);
            return _metadata.FlowHash;
        }
    }

    /// <summary>The first <paramref name="length"/> bytes of the frame, to be changed. The only way to change a packet, so
    /// that what a dying NF half wrote can be undone; ask for no more than what changes, because it is copied.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The frame is shorter.</exception>
    public Span<byte> Write(int length)
    {
        var bytes = _frame[..length];
        _batch.Journal?.Touch(Position, _batch.BufferOf(Position), length);
        _metadata.FlowHash = 0;
        return bytes;
    }

    /// <summary>Makes another frame of this packet: sets its length, and gives its bytes, which hold the old frame as
    /// far as that went and anything behind. <see cref="Bytes"/> and <see cref="Length"/> of this value stay as they
    /// were.</summary>
    /// <param name="length">The new length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The frame would not fit its buffer.</exception>
    public Span<byte> Replace(int length)
    {
        var frame = _batch.Pool.Buffer(_batch.BufferOf(Position)).Slice(_metadata.Offset, length);
        _batch.Journal?.Touch(Position, _batch.BufferOf(Position), Math.Min(length, _frame.Length));
        (_metadata.Length, _metadata.FlowHash) = ((ushort)length, 0);
        return frame;
    }
}
