namespace Holdfast.Generator.Capture;

/// <summary>The packets a source NAT translates.</summary>
internal enum PacketKind : byte
{
    Tcp,
    Udp,

    /// <summary>ICMP or ICMPv6 echo request or reply; its identifier serves as the client's port.</summary>
    Echo,

    /// <summary>ICMP or ICMPv6 error, which embeds the start of the packet it answers.</summary>
    Error,
}
