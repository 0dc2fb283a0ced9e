using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>The errors that a router reports (RFC 792): type in the high byte, code in the low one.</summary>
public enum IcmpError : ushort
{
    NetworkUnreachable = 0x0300,
    HostUnreachable = 0x0301,

    /// <summary>Communication administratively prohibited (RFC 1812 5.2.7.1).</summary>
    Prohibited = 0x030D,

    /// <summary>The time to live ended on the way.</summary>
    TimeExceeded = 0x0B00,
}

/// <summary>Makes ICMP messages of the IPv4 packets that cause them, in place.</summary>
public static class IcmpMessage
{
    /// <summary>An error is at most this long, from its IP header on (RFC 1812 4.3.2.3).</summary>
    public const int MaxErrorBytes = 576;

    private const int IPv4Bytes = 20, IcmpBytes = 8;
    private const byte Ttl = 64;

    /// <summary>Whether a packet may be answered with an error at all (RFC 1122 3.2.2, RFC 1812 4.3.2.7): not one that
    /// may itself be an error, not a later fragment, and only to and from one host. Who received the frame knows
    /// whether it was for one station.</summary>
    public static bool MayReport(in PacketHeaders headers) =>
        headers.IpVersion == 4
        && (headers.Protocol != IpProtocols.Icmp || headers.IcmpKind is IcmpKind.Request or IcmpKind.Reply)
        && !headers.IsLaterFragment
        && IsHost((uint)headers.Source) && IsHost((uint)headers.Destination);

    /// <summary>Length of the frame with an error about a packet.</summary>
    public static int ErrorFrameBytes(in PacketHeaders about) => Ethernet.HeaderBytes + IPv4Bytes + IcmpBytes + QuotedBytes(about);

    /// <summary>Makes a frame that holds a packet into one with an error about it, to its source. MAC addresses stay for
    /// the caller to set.</summary>
    /// <param name="frame">The frame, as long as <see cref="ErrorFrameBytes"/> says.</param>
    /// <param name="about">The headers of the packet in it; without a VLAN tag.</param>
    /// <param name="source">The address of who reports.</param>
    /// <param name="error">What happened.</param>
    public static void WriteError(Span<byte> frame, in PacketHeaders about, uint source, IcmpError error)
    {
        var quoted = QuotedBytes(about);
        var ip = frame[Ethernet.HeaderBytes..];
        // The packet moves behind the new headers; the ranges overlap, which CopyTo minds.
        ip[..quoted].CopyTo(ip[(IPv4Bytes + IcmpBytes)..]);

        ip[..IPv4Bytes].Clear();
        // Precedence: internetwork control (RFC 1812 4.3.2.5). Never fragmented, so its identification says nothing.
        (ip[0], ip[1], ip[6], ip[8], ip[9]) = (0x45, 0xC0, 0x40, Ttl, IpProtocols.Icmp);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IPv4Bytes + IcmpBytes + quoted));
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)about.Source);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~InternetChecksum.Sum(ip[..IPv4Bytes]));

        var icmp = ip.Slice(IPv4Bytes, IcmpBytes + quoted);
        icmp[..IcmpBytes].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(icmp, (ushort)error);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], (ushort)~InternetChecksum.Sum(icmp));
    }

    /// <summary>Whether a packet is an echo request that <see cref="AnswerEcho"/> can answer.</summary>
    public static bool IsEchoRequest(ReadOnlySpan<byte> frame, in PacketHeaders headers) =>
        headers.IcmpKind == IcmpKind.Request && frame[headers.TransportOffset] == 8 && !headers.IsFragment
        && IsHost((uint)headers.Source);

    /// <summary>Makes an echo request its reply: the addresses change places, the rest stays. MAC addresses stay for the
    /// caller to set.</summary>
    /// <param name="frame">The frame at least up to <see cref="PacketHeaders.HeadersEnd"/>.</param>
    /// <param name="request">Its headers.</param>
    public static void AnswerEcho(Span<byte> frame, in PacketHeaders request)
    {
        var ip = frame[request.NetworkOffset..];
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)request.Destination);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)request.Source);
        IPv4Forwarding.SetTtl(frame, request, Ttl);
        var icmp = frame[request.TransportOffset..];
        var before = BinaryPrimitives.ReadUInt16BigEndian(icmp);
        icmp[0] = 0;
        var after = BinaryPrimitives.ReadUInt16BigEndian(icmp);
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(icmp[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Update(checksum, before, after));
    }

    private static int QuotedBytes(in PacketHeaders about) =>
        Math.Min(about.End - about.NetworkOffset, MaxErrorBytes - IPv4Bytes - IcmpBytes);

    /// <summary>Neither "this network", loopback, multicast, reserved nor broadcast.</summary>
    private static bool IsHost(uint address) => address >> 24 is not (0 or 127 or >= 224);
}
