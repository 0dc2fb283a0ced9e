namespace Holdfast.NfLib.Headers;

/// <summary>What an ICMP message means to something that keeps flows.</summary>
public enum IcmpKind : byte
{
    /// <summary>Not ICMP, or a fragment that does not hold its header.</summary>
    None = 0,

    /// <summary>A query that asks for an answer, with an identifier.</summary>
    Request,

    /// <summary>The answer to a query, with its identifier.</summary>
    Reply,

    /// <summary>A report about a packet, whose first bytes it carries.</summary>
    Error,

    /// <summary>IPv6 neighbour discovery (RFC 4861), without which there is no IPv6 on a link.</summary>
    NeighbourDiscovery,

    /// <summary>Anything else.</summary>
    Other,
}

internal static class IcmpTypes
{
    /// <summary>RFC 792. Source quench (4) is not counted as an error, it is to be ignored (RFC 6633); nor is a
    /// redirect (5), which is meant for the link that it was sent on.</summary>
    public static IcmpKind KindOf(byte type) => type switch
    {
        8 or 13 => IcmpKind.Request,
        0 or 14 => IcmpKind.Reply,
        3 or 11 or 12 => IcmpKind.Error,
        _ => IcmpKind.Other,
    };

    /// <summary>RFC 4443, RFC 4861.</summary>
    public static IcmpKind KindOf6(byte type) => type switch
    {
        128 => IcmpKind.Request,
        129 => IcmpKind.Reply,
        >= 1 and <= 4 => IcmpKind.Error,
        >= 133 and <= 137 => IcmpKind.NeighbourDiscovery,
        _ => IcmpKind.Other,
    };
}
