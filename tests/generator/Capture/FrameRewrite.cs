using System.Buffers.Binary;

namespace Holdfast.Generator.Capture;

/// <summary>
/// Replaces the client's address and port in a frame, wherever they occur, and keeps every checksum as
/// right or wrong as it was (incremental update, RFC 1624).
/// </summary>
internal static class FrameRewrite
{
    private const int None = -1;

    /// <param name="frame">Changed in place.</param>
    /// <param name="layout">The frame's layout.</param>
    /// <param name="fromClient">Whether the client sent it: the client is then the source.</param>
    /// <param name="address">The client's new address.</param>
    /// <param name="port">The client's new port or echo identifier.</param>
    public static void Client(Span<byte> frame, in FrameLayout layout, bool fromClient, UInt128 address, ushort port)
    {
        var outer = layout.Outer;
        Address(frame, outer, fromClient, address, None);
        if (layout.IsError)
        {
            // An error embeds a packet that travelled the other way, and its checksum covers all of it.
            Address(frame, layout.Inner, !fromClient, address, outer.TransportChecksum);
            Port(frame, layout.Inner, !fromClient, port, outer.TransportChecksum);
        }
        else
        {
            Port(frame, outer, fromClient, port, None);
        }
    }

    /// <summary>HC' = ~(~HC + ~m + m'), equation 3 of RFC 1624.</summary>
    /// <param name="checksum">HC, the old checksum.</param>
    /// <param name="before">m, a 16-bit word that it covers.</param>
    /// <param name="after">m', what the word becomes.</param>
    internal static ushort Updated(ushort checksum, ushort before, ushort after)
    {
        uint sum = (uint)(ushort)~checksum + (ushort)~before + after;
        sum = (sum & 0xffff) + (sum >> 16);
        sum += sum >> 16;
        return (ushort)~sum;
    }

    private static void Address(Span<byte> frame, in PacketLayout packet, bool isSource, UInt128 address, int enclosing)
    {
        int at = isSource ? packet.Source : packet.Destination;
        int transport = packet.HasPseudoHeader ? packet.TransportChecksum : None;
        for (int i = packet.AddressLength - 2; i >= 0; i -= 2, address >>= 16)
        {
            Word(frame, at + i, (ushort)address, packet, packet.IpChecksum, transport, enclosing);
        }
    }

    private static void Port(Span<byte> frame, in PacketLayout packet, bool isSource, ushort port, int enclosing) =>
        Word(frame, isSource ? packet.SourcePort : packet.DestinationPort, port, packet,
            None, packet.TransportChecksum, enclosing);

    /// <summary>Sets a word, then the checksums that cover it, which another checksum may cover in turn.</summary>
    private static void Word(
        Span<byte> frame, int at, ushort after, in PacketLayout packet, int header, int transport, int enclosing)
    {
        ushort before = Read(frame, at);
        if (before == after) return;

        Write(frame, at, after);
        if (header != None)
        {
            Word(frame, header, Updated(Read(frame, header), before, after), packet, None, None, enclosing);
        }

        if (transport != None)
        {
            ushort checksum = Updated(Read(frame, transport), before, after);
            // A UDP checksum of 0 would mean "none" (RFC 768); ~0 is the same number in ones' complement.
            if (checksum == 0 && packet.Kind == PacketKind.Udp) checksum = 0xffff;
            Word(frame, transport, checksum, packet, None, None, enclosing);
        }

        if (enclosing != None)
        {
            Word(frame, enclosing, Updated(Read(frame, enclosing), before, after), packet, None, None, None);
        }
    }

    private static ushort Read(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);

    private static void Write(Span<byte> frame, int at, ushort word) =>
        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], word);
}
