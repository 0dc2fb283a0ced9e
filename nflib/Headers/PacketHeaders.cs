using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>
/// Where the headers of a frame are and what they say: Ethernet with up to two VLAN tags, IPv4 or IPv6, TCP, UDP or
/// ICMP. All offsets are bytes from the start of the frame. Checksums are not verified: who receives the packet does,
/// and an incremental update leaves a wrong one wrong.
/// </summary>
public partial struct PacketHeaders
{
    /// <summary>Bytes at the start of a transport header that name its flow; an ICMP error quotes at least these
    /// (RFC 792).</summary>
    internal const int QuotedTransportBytes = 8;

    private const int TcpHeaderBytes = 20, UdpHeaderBytes = 8, IcmpHeaderBytes = 8;

    /// <summary>Why the headers could not be read; what was read before that is set.</summary>
    public HeaderDefect Defect { readonly get; private set; }

    /// <summary>4, 6, or 0 when the frame is not IP (ARP, LLC, …); then nothing below is set.</summary>
    public byte IpVersion { readonly get; private set; }

    /// <summary>The transport protocol, behind any IPv6 extension headers (see <see cref="IpProtocols"/>).</summary>
    public byte Protocol { readonly get; private set; }

    /// <summary>TCP's control bits.</summary>
    public TcpFlags TcpFlags { readonly get; private set; }

    public IcmpKind IcmpKind { readonly get; private set; }

    /// <summary>Whether ports are set: TCP, UDP and ICMP queries, unless a later fragment.</summary>
    public bool HasPorts { readonly get; private set; }

    /// <summary>Whether this is a part of a packet. An IPv6 packet with a fragment header that is nevertheless whole
    /// (RFC 6946) is none.</summary>
    public bool IsFragment { readonly get; private set; }

    /// <summary>Where the fragment's payload begins in the whole packet's, in bytes; 0 for whole packets.</summary>
    public ushort FragmentOffset { readonly get; private set; }

    /// <summary>Whether the sender lists hops of its own, so that <see cref="Destination"/> need not be where the
    /// packet ends: an IPv4 source route (RFC 791), or an IPv6 routing header of type 0 with segments left (RFC 5095).
    /// TCP's and UDP's checksums cover the last hop then.</summary>
    public bool IsSourceRouted { readonly get; private set; }

    /// <summary>The source port, or the identifier of an ICMP query.</summary>
    public ushort SourcePort { readonly get; private set; }

    /// <summary>The destination port, or the identifier of an ICMP query.</summary>
    public ushort DestinationPort { readonly get; private set; }

    /// <summary>First byte of the IP header.</summary>
    public int NetworkOffset { readonly get; private set; }

    /// <summary>First byte behind the IP header, its options and extension headers.</summary>
    public int TransportOffset { readonly get; private set; }

    /// <summary>First byte behind the IP packet; what follows in the frame is padding. For a quoted packet, behind as
    /// much as there is of it.</summary>
    public int End { readonly get; private set; }

    /// <summary>The source address; an IPv4 address stands in the low 32 bits.</summary>
    public UInt128 Source { readonly get; private set; }

    /// <summary>The destination address; an IPv4 address stands in the low 32 bits.</summary>
    public UInt128 Destination { readonly get; private set; }

    /// <summary>A fragment other than the first: it has no transport header.</summary>
    public readonly bool IsLaterFragment => FragmentOffset > 0;

    /// <summary>First byte behind all header bytes that translating a packet may change.</summary>
    public readonly int HeadersEnd => Math.Min(TransportOffset + TcpHeaderBytes, End);
}
