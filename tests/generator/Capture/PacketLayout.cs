using System.Buffers.Binary;

namespace Holdfast.Generator.Capture;

/// <summary>
/// Where one IP packet keeps what a NAT changes: offsets into the frame around it, all of them within
/// its bounds, −1 for what it lacks. Fragments and what is not in <see cref="PacketKind"/> have no layout.
/// </summary>
/// <remarks>IPv4: RFC 791, IPv6: RFC 8200, TCP: RFC 9293, UDP: RFC 768, ICMP: RFC 792, ICMPv6: RFC 4443.</remarks>
internal readonly struct PacketLayout
{
    private const byte HopByHop = 0, Tcp = 6, Udp = 17, Routing = 43, Icmp = 1, IcmpV6 = 58, DestinationOptions = 60;

    private PacketLayout(int ip, bool isV6, int transport, PacketKind kind, int checksum)
    {
        Ip = ip;
        IsV6 = isV6;
        Transport = transport;
        Kind = kind;
        TransportChecksum = checksum;
    }

    public int Ip { get; }

    public bool IsV6 { get; }

    public int Transport { get; }

    public PacketKind Kind { get; }

    /// <summary>The TCP, UDP, ICMP or ICMPv6 checksum; −1 when not used (UDP) or not quoted (embedded TCP).</summary>
    public int TransportChecksum { get; }

    public int AddressLength => IsV6 ? 16 : 4;

    public int Source => Ip + (IsV6 ? 8 : 12);

    public int Destination => Source + AddressLength;

    public int IpChecksum => IsV6 ? -1 : Ip + 10;

    /// <summary>Whether the transport checksum covers the addresses.</summary>
    public bool HasPseudoHeader => IsV6 || Kind is PacketKind.Tcp or PacketKind.Udp;

    /// <summary>The source port or the echo identifier.</summary>
    public int SourcePort => Kind == PacketKind.Echo ? Transport + 4 : Transport;

    /// <summary>The destination port or the echo identifier.</summary>
    public int DestinationPort => Kind == PacketKind.Echo ? Transport + 4 : Transport + 2;

    /// <param name="frame">The frame that holds the packet.</param>
    /// <param name="ip">Where its IP header starts.</param>
    /// <param name="isV6">What the layer below says it is.</param>
    /// <param name="isEmbedded">Whether an ICMP error quotes it: then its end may be missing.</param>
    /// <param name="packet">Its layout.</param>
    public static bool TryParse(ReadOnlySpan<byte> frame, int ip, bool isV6, bool isEmbedded, out PacketLayout packet)
    {
        packet = default;
        int transport = ip, end = frame.Length;
        byte protocol;
        bool good = isV6
            ? TryParseV6(frame, isEmbedded, ref transport, ref end, out protocol)
            : TryParseV4(frame, isEmbedded, ref transport, ref end, out protocol);
        if (!good) return false;

        // RFC 792 promises 8 bytes of an embedded packet's transport header.
        int needed = protocol == Tcp && !isEmbedded ? 20 : 8;
        if (transport + needed > end) return false;

        PacketKind kind;
        int checksum;
        switch (protocol)
        {
            case Tcp:
                kind = PacketKind.Tcp;
                checksum = transport + 18 <= end ? transport + 16 : -1;
                break;
            case Udp:
                kind = PacketKind.Udp;
                checksum = Word(frame, transport + 6) != 0 ? transport + 6 : -1;
                break;
            case Icmp when !isV6 && IsIcmp(frame[transport], out kind):
            case IcmpV6 when isV6 && IsIcmpV6(frame[transport], out kind):
                checksum = transport + 2;
                break;
            default:
                return false;
        }

        packet = new PacketLayout(ip, isV6, transport, kind, checksum);
        return true;
    }

    private static bool TryParseV4(
        ReadOnlySpan<byte> frame, bool isEmbedded, ref int at, ref int end, out byte protocol)
    {
        const int MoreFragmentsOrOffset = 0x3fff;
        protocol = 0;
        if (at + 20 > end || frame[at] >> 4 != 4) return false;

        int headerLength = (frame[at] & 0xf) * 4;
        int length = Word(frame, at + 2);
        if (headerLength < 20 || length < headerLength) return false;
        if ((Word(frame, at + 6) & MoreFragmentsOrOffset) != 0) return false;
        if (!TryEnd(at + length, isEmbedded, ref end)) return false;

        protocol = frame[at + 9];
        at += headerLength;
        return true;
    }

    private static bool TryParseV6(
        ReadOnlySpan<byte> frame, bool isEmbedded, ref int at, ref int end, out byte protocol)
    {
        protocol = 0;
        if (at + 40 > end || frame[at] >> 4 != 6) return false;
        if (!TryEnd(at + 40 + Word(frame, at + 4), isEmbedded, ref end)) return false;

        protocol = frame[at + 6];
        at += 40;
        while (protocol is HopByHop or Routing or DestinationOptions)
        {
            if (at + 8 > end) return false;
            protocol = frame[at];
            at += (frame[at + 1] + 1) * 8;
        }

        return true;
    }

    private static bool TryEnd(int packetEnd, bool isEmbedded, ref int end)
    {
        if (packetEnd > end) return isEmbedded;
        end = packetEnd;                        // the rest is Ethernet padding
        return true;
    }

    private static bool IsIcmp(byte type, out PacketKind kind)
    {
        kind = type is 0 or 8 ? PacketKind.Echo : PacketKind.Error;
        return type is 0 or 8 or 3 or 4 or 11 or 12;
    }

    private static bool IsIcmpV6(byte type, out PacketKind kind)
    {
        kind = type is 128 or 129 ? PacketKind.Echo : PacketKind.Error;
        return type is 128 or 129 or >= 1 and <= 4;
    }

    private static ushort Word(ReadOnlySpan<byte> frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
}
