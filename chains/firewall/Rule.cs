using System.Collections.Immutable;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Firewall;

/// <summary>Whether a new flow that looks like this may begin.</summary>
public sealed record Rule
{
    /// <summary>Whether it is about packets from the left or from the right.</summary>
    public required bool FromLeft { get; init; }

    public required bool Allows { get; init; }

    /// <summary>The IP protocol; null for any.</summary>
    public byte? Protocol { get; init; }

    public Cidr Source { get; init; }

    public Cidr Destination { get; init; }

    /// <summary>Destination ports, of TCP and UDP only; empty for any.</summary>
    public ImmutableArray<PortRange> Ports { get; init; } = [];

    public bool Matches(in PacketHeaders headers, bool fromLeft) =>
        fromLeft == FromLeft
        && (Protocol is not { } protocol || protocol == headers.Protocol)
        && Source.Contains(headers.IpVersion, headers.Source)
        && Destination.Contains(headers.IpVersion, headers.Destination)
        && MatchesPort(headers);

    private bool MatchesPort(in PacketHeaders headers)
    {
        if (Ports.IsEmpty) return true;
        if (headers.Protocol is not (IpProtocols.Tcp or IpProtocols.Udp)) return false;
        foreach (var range in Ports)
        {
            if (range.Contains(headers.DestinationPort)) return true;
        }

        return false;
    }
}
