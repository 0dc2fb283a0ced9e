namespace Holdfast.NfLib.Headers;

/// <summary>What is wrong with a frame's headers.</summary>
public enum HeaderDefect : byte
{
    None = 0,

    /// <summary>Shorter than an Ethernet header.</summary>
    TruncatedEthernet,

    /// <summary>The frame ends inside a VLAN tag.</summary>
    TruncatedVlanTag,

    /// <summary>More than two VLAN tags, behind which anything could hide.</summary>
    TooManyVlanTags,

    /// <summary>The frame ends inside the IP header.</summary>
    TruncatedIpHeader,

    /// <summary>The IP version is not the EtherType's.</summary>
    WrongIpVersion,

    /// <summary>IPv4's header length is below 20 bytes.</summary>
    BadIpHeaderLength,

    /// <summary>The IP length is below its own header, or above what the frame holds. (Below the frame is Ethernet
    /// padding.)</summary>
    BadIpLength,

    /// <summary>The packet ends inside an IPv6 extension header.</summary>
    TruncatedExtension,

    /// <summary>More IPv6 extension headers than are walked.</summary>
    TooManyExtensions,

    /// <summary>A hop-by-hop header that is not the first extension, or a second fragment header.</summary>
    MisplacedExtension,

    /// <summary>The packet, or its first fragment, ends inside the TCP, UDP or ICMP header.</summary>
    TruncatedTransport,

    /// <summary>TCP's data offset or UDP's length contradicts itself or the packet.</summary>
    BadTransportLength,
}
