namespace Holdfast.NfLib.Headers;

/// <summary>The numbers in IPv4's protocol and IPv6's next header field (IANA).</summary>
public static class IpProtocols
{
    public const byte Icmp = 1, Tcp = 6, Udp = 17, Icmp6 = 58;

    /// <summary>IPv6 extension headers that are walked over (RFC 8200).</summary>
    internal const byte HopByHop = 0, Routing = 43, Fragment = 44, DestinationOptions = 60;
}
