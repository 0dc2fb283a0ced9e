using Holdfast.NfLib.Packets;

namespace Holdfast.NfLib.Functions;

/// <summary>One packet of a batch, valid while the batch is processed.</summary>
public readonly ref struct Packet
{
    private readonly Span<byte> _frame;
    private readonly ref PacketMetadata _metadata;

    internal Packet(int position, Span<byte> frame, ref PacketMetadata metadata)
    {
        Position = position;
        _frame = frame;
        _metadata = ref metadata;
    }

    /// <summary>Place in the batch.</summary>
    internal int Position { get; }

    /// <summary>The frame from its Ethernet header on, without FCS.</summary>
    public ReadOnlySpan<byte> Bytes => _frame;

    /// <summary>Length of the frame in bytes.</summary>
    public int Length => _frame.Length;

    /// <summary>The root's time of the packet, in nanoseconds since the Unix epoch.</summary>
    public long Time => _metadata.Time;

    /// <summary>Whether the packet came in at the left port.</summary>
    public bool FromLeft => _metadata.Direction == (byte)Direction.LeftToRight;

    /// <summary>The first <paramref name="length"/> bytes of the frame, to be changed. The only way to change a packet, so
    /// that what a dying NF half wrote can be undone.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The frame is shorter.</exception>
    public Span<byte> Write(int length) => _frame[..length];
}
