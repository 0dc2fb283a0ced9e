using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

public partial struct PacketHeaders
{
    private const int MaxVlanTags = 2;
    private const int IPv4HeaderBytes = 20, IPv6HeaderBytes = 40;

    // More than any honest packet has; the walk must end.
    private const int MaxExtensions = 8;

    /// <summary>Reads the headers of a frame, never a byte outside it.</summary>
    /// <param name="frame">From the Ethernet header on, without FCS.</param>
    /// <param name="headers">What was found.</param>
    /// <returns>False when the frame is malformed; <see cref="Defect"/> says how. A frame that is not IP is
    /// fine.</returns>
    public static bool TryParse(ReadOnlySpan<byte> frame, out PacketHeaders headers)
    {
        headers = default;
        headers.Defect = headers.ParseEthernet(frame);
        return headers.Defect == HeaderDefect.None;
    }

    /// <summary>Reads the headers of the packet that an ICMP error quotes. It may be cut anywhere behind the first 8
    /// bytes of its transport header, so of TCP only the ports are read.</summary>
    /// <param name="frame">The frame with the error.</param>
    /// <param name="error">The frame's own headers; <see cref="IcmpKind"/> is an error.</param>
    /// <param name="quoted">What was found; offsets are from the start of the frame.</param>
    public static bool TryParseQuoted(ReadOnlySpan<byte> frame, in PacketHeaders error, out PacketHeaders quoted)
    {
        quoted = default;
        var start = error.TransportOffset + IcmpHeaderBytes;
        var packet = frame[..error.End];
        quoted.Defect = error.IpVersion == 4
            ? quoted.ParseIPv4(packet, start, isQuoted: true)
            : quoted.ParseIPv6(packet, start, isQuoted: true);
        return quoted.Defect == HeaderDefect.None;
    }

    private HeaderDefect ParseEthernet(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < Ethernet.HeaderBytes) return HeaderDefect.TruncatedEthernet;
        var start = Ethernet.HeaderBytes;
        var etherType = UInt16At(frame, start - 2);
        for (var tags = 0; etherType is EtherTypes.Vlan or EtherTypes.ServiceVlan; tags++)
        {
            if (tags == MaxVlanTags) return HeaderDefect.TooManyVlanTags;
            start += Ethernet.VlanTagBytes;
            if (frame.Length < start) return HeaderDefect.TruncatedVlanTag;
            etherType = UInt16At(frame, start - 2);
        }

        return etherType switch
        {
            EtherTypes.IPv4 => ParseIPv4(frame, start, isQuoted: false),
            EtherTypes.IPv6 => ParseIPv6(frame, start, isQuoted: false),
            _ => HeaderDefect.None,
        };
    }

    private HeaderDefect ParseIPv4(ReadOnlySpan<byte> frame, int start, bool isQuoted)
    {
        var available = frame.Length - start;
        if (available < IPv4HeaderBytes) return HeaderDefect.TruncatedIpHeader;
        if (frame[start] >> 4 != 4) return HeaderDefect.WrongIpVersion;
        var header = (frame[start] & 0x0F) * 4;
        if (header < IPv4HeaderBytes) return HeaderDefect.BadIpHeaderLength;
        if (header > available) return HeaderDefect.TruncatedIpHeader;
        int total = UInt16At(frame, start + 2);
        if (total < header || total > available && !isQuoted) return HeaderDefect.BadIpLength;

        IpVersion = 4;
        NetworkOffset = start;
        TransportOffset = start + header;
        End = start + Math.Min(total, available);
        Source = BinaryPrimitives.ReadUInt32BigEndian(frame[(start + 12)..]);
        Destination = BinaryPrimitives.ReadUInt32BigEndian(frame[(start + 16)..]);
        Protocol = frame[start + 9];
        var fragment = UInt16At(frame, start + 6);
        FragmentOffset = (ushort)((fragment & 0x1FFF) * 8);
        IsFragment = (fragment & 0x3FFF) != 0;
        IsSourceRouted = HasSourceRoute(frame[(start + IPv4HeaderBytes)..TransportOffset]);
        return ParseTransport(frame[..End], isQuoted);
    }

    /// <summary>Looks for a loose or strict source route among IPv4 options. One whose length contradicts itself ends
    /// them: what is behind it, no receiver can read either.</summary>
    private static bool HasSourceRoute(ReadOnlySpan<byte> options)
    {
        while (options.Length > 1)
        {
            const byte End = 0, NoOperation = 1, LooseRoute = 131, StrictRoute = 137;
            if (options[0] is LooseRoute or StrictRoute) return true;
            if (options[0] == End) return false;
            var bytes = options[0] == NoOperation ? 1 : options[1];
            if (bytes == 0 || bytes > options.Length) return false;
            options = options[bytes..];
        }

        return false;
    }

    private HeaderDefect ParseIPv6(ReadOnlySpan<byte> frame, int start, bool isQuoted)
    {
        var available = frame.Length - start;
        if (available < IPv6HeaderBytes) return HeaderDefect.TruncatedIpHeader;
        if (frame[start] >> 4 != 6) return HeaderDefect.WrongIpVersion;
        var total = IPv6HeaderBytes + UInt16At(frame, start + 4);
        if (total > available && !isQuoted) return HeaderDefect.BadIpLength;

        IpVersion = 6;
        NetworkOffset = start;
        End = start + Math.Min(total, available);
        Source = BinaryPrimitives.ReadUInt128BigEndian(frame[(start + 8)..]);
        Destination = BinaryPrimitives.ReadUInt128BigEndian(frame[(start + 24)..]);
        var packet = frame[..End];
        var defect = WalkExtensions(packet, start + IPv6HeaderBytes, packet[start + 6]);
        return defect == HeaderDefect.None ? ParseTransport(packet, isQuoted) : defect;
    }

    /// <summary>Steps over extension headers (RFC 8200 section 4). Authentication and encryption headers end the walk:
    /// to us they are a protocol of their own.</summary>
    private HeaderDefect WalkExtensions(ReadOnlySpan<byte> packet, int offset, byte next)
    {
        var seenFragment = false;
        for (var walked = 0; ; walked++)
        {
            Protocol = next;
            TransportOffset = offset;
            if (next is not (IpProtocols.HopByHop or IpProtocols.Routing or IpProtocols.Fragment
                    or IpProtocols.DestinationOptions) || IsLaterFragment)
                return HeaderDefect.None;
            if (walked == MaxExtensions) return HeaderDefect.TooManyExtensions;
            if (packet.Length - offset < 8) return HeaderDefect.TruncatedExtension;
            if (next == IpProtocols.HopByHop && walked > 0 || next == IpProtocols.Fragment && seenFragment)
                return HeaderDefect.MisplacedExtension;

            var bytes = 8;
            if (next == IpProtocols.Fragment)
            {
                seenFragment = true;
                var fragment = UInt16At(packet, offset + 2);
                FragmentOffset = (ushort)(fragment & 0xFFF8);
                IsFragment = (fragment & 0xFFF9) != 0;
            }
            else
            {
                bytes += packet[offset + 1] * 8;
                if (packet.Length - offset < bytes) return HeaderDefect.TruncatedExtension;
                IsSourceRouted |= next == IpProtocols.Routing && packet[offset + 2] == 0 && packet[offset + 3] > 0;
            }

            next = packet[offset];
            offset += bytes;
        }
    }

    private HeaderDefect ParseTransport(ReadOnlySpan<byte> packet, bool isQuoted)
    {
        if (IsLaterFragment) return HeaderDefect.None;
        var transport = packet[TransportOffset..];
        return (Protocol, IpVersion) switch
        {
            (IpProtocols.Tcp, _) => ParseTcp(transport, isQuoted),
            (IpProtocols.Udp, _) => ParseUdp(transport, isQuoted),
            (IpProtocols.Icmp, 4) or (IpProtocols.Icmp6, 6) => ParseIcmp(transport),
            _ => HeaderDefect.None,
        };
    }

    private HeaderDefect ParseTcp(ReadOnlySpan<byte> transport, bool isQuoted)
    {
        if (transport.Length < (isQuoted ? QuotedTransportBytes : TcpHeaderBytes))
            return HeaderDefect.TruncatedTransport;
        SetPorts(transport);
        if (isQuoted) return HeaderDefect.None;
        var header = (transport[12] >> 4) * 4;
        if (header < TcpHeaderBytes) return HeaderDefect.BadTransportLength;
        // Also of a first fragment: a header split over fragments only serves to hide from filters (RFC 1858).
        if (header > transport.Length) return HeaderDefect.TruncatedTransport;
        TcpFlags = (TcpFlags)(transport[13] & 0x3F);
        return HeaderDefect.None;
    }

    private HeaderDefect ParseUdp(ReadOnlySpan<byte> transport, bool isQuoted)
    {
        if (transport.Length < UdpHeaderBytes) return HeaderDefect.TruncatedTransport;
        SetPorts(transport);
        int length = UInt16At(transport, 4);
        // A first fragment and a quotation end before the datagram does.
        return length < UdpHeaderBytes || length > transport.Length && !IsFragment && !isQuoted
            ? HeaderDefect.BadTransportLength
            : HeaderDefect.None;
    }

    private HeaderDefect ParseIcmp(ReadOnlySpan<byte> transport)
    {
        if (transport.Length < IcmpHeaderBytes) return HeaderDefect.TruncatedTransport;
        IcmpKind = IpVersion == 4 ? IcmpTypes.KindOf(transport[0]) : IcmpTypes.KindOf6(transport[0]);
        if (IcmpKind is not (IcmpKind.Request or IcmpKind.Reply)) return HeaderDefect.None;
        SourcePort = DestinationPort = UInt16At(transport, 4);
        HasPorts = true;
        return HeaderDefect.None;
    }

    private void SetPorts(ReadOnlySpan<byte> transport)
    {
        SourcePort = UInt16At(transport, 0);
        DestinationPort = UInt16At(transport, 2);
        HasPorts = true;
    }

    private static ushort UInt16At(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);
}
