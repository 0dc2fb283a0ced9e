using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>
/// Rewrites addresses and ports of IPv4 packets in place and updates every checksum that covers them (RFC 1624,
/// RFC 3022). The span must reach to <see cref="PacketHeaders.HeadersEnd"/> of the headers given, which must have been
/// read from the same frame, and have ports, be an ICMP error, or be a later fragment, which has addresses alone.
/// </summary>
public static class IPv4Translation
{
    private const int SourceAt = 12, DestinationAt = 16, HeaderChecksumAt = 10;

    /// <summary>Replaces the source address and the source port (or ICMP identifier; an ICMP error has none).</summary>
    public static void RewriteSource(Span<byte> frame, in PacketHeaders headers, uint address, ushort port) =>
        Rewrite(frame, headers, SourceAt, address, portAt: 0, port);

    /// <summary>Replaces the destination address and the destination port (or ICMP identifier; an ICMP error has
    /// none).</summary>
    public static void RewriteDestination(Span<byte> frame, in PacketHeaders headers, uint address, ushort port) =>
        Rewrite(frame, headers, DestinationAt, address, portAt: 2, port);

    /// <summary>Replaces the source of the packet that an ICMP error quotes.</summary>
    public static void RewriteQuotedSource(Span<byte> frame, in PacketHeaders error, in PacketHeaders quoted,
        uint address, ushort port)
    {
        var before = InternetChecksum.Sum(frame[quoted.NetworkOffset..quoted.HeadersEnd]);
        RewriteSource(frame, quoted, address, port);
        UpdateErrorChecksum(frame, error, quoted, before);
    }

    /// <summary>Replaces the destination of the packet that an ICMP error quotes.</summary>
    public static void RewriteQuotedDestination(Span<byte> frame, in PacketHeaders error, in PacketHeaders quoted,
        uint address, ushort port)
    {
        var before = InternetChecksum.Sum(frame[quoted.NetworkOffset..quoted.HeadersEnd]);
        RewriteDestination(frame, quoted, address, port);
        UpdateErrorChecksum(frame, error, quoted, before);
    }

    private static void UpdateErrorChecksum(Span<byte> frame, in PacketHeaders error, in PacketHeaders quoted,
        ushort before)
    {
        // The quotation begins at an even place of the message, so sums of it add to sums of the message.
        var after = InternetChecksum.Sum(frame[quoted.NetworkOffset..quoted.HeadersEnd]);
        var checksum = frame[(error.TransportOffset + 2)..];
        WriteUInt16(checksum, InternetChecksum.Update(ReadUInt16(checksum), before, after));
    }

    private static void Rewrite(Span<byte> frame, in PacketHeaders headers, int addressAt, uint address, int portAt,
        ushort port)
    {
        var network = frame[headers.NetworkOffset..];
        var oldAddress = BinaryPrimitives.ReadUInt32BigEndian(network[addressAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(network[addressAt..], address);
        var headerChecksum = network[HeaderChecksumAt..];
        WriteUInt16(headerChecksum, InternetChecksum.Update(ReadUInt16(headerChecksum), oldAddress, address));
        if (!headers.HasPorts) return;

        var isIcmp = headers.Protocol == IpProtocols.Icmp;
        var transport = frame[headers.TransportOffset..headers.HeadersEnd];
        var portField = transport[(isIcmp ? 4 : portAt)..];
        var oldPort = ReadUInt16(portField);
        WriteUInt16(portField, port);

        var checksumAt = headers.Protocol switch { IpProtocols.Tcp => 16, IpProtocols.Udp => 6, _ => 2 };
        // A quoted packet may end before it.
        if (transport.Length < checksumAt + 2) return;
        var checksumField = transport[checksumAt..];
        var checksum = ReadUInt16(checksumField);
        // RFC 768: zero says that the sender computed none, so there is nothing to update, and a computed zero is sent
        // as 0xFFFF.
        var isUdp = headers.Protocol == IpProtocols.Udp;
        if (isUdp && checksum == 0) return;
        // TCP and UDP also cover the addresses (the pseudo-header), ICMP does not.
        if (!isIcmp) checksum = InternetChecksum.Update(checksum, oldAddress, address);
        checksum = InternetChecksum.Update(checksum, oldPort, port);
        WriteUInt16(checksumField, isUdp && checksum == 0 ? (ushort)0xFFFF : checksum);
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16BigEndian(at);

    private static void WriteUInt16(Span<byte> at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(at, value);
}
