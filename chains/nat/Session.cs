using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Nat;

/// <summary>
/// Whose session it is: an inside address and port, or ICMP identifier, whatever it talks to (endpoint-independent
/// mapping, RFC 4787 REQ-1).
/// </summary>
/// <remarks>8 bytes without padding: keys are compared byte by byte.</remarks>
internal readonly struct InsideEndpoint(UInt128 address, ushort port, byte protocol)
{
    public readonly uint Address = (uint)address;
    public readonly ushort Port = port;
    public readonly ushort Protocol = protocol;

    public static InsideEndpoint SourceOf(in PacketHeaders headers) =>
        new(headers.Source, headers.SourcePort, headers.Protocol);

    public static InsideEndpoint DestinationOf(in PacketHeaders headers) =>
        new(headers.Destination, headers.DestinationPort, headers.Protocol);
}

/// <summary>What is kept of a session; with its key 32 bytes, half a line.</summary>
internal struct Session
{
    /// <summary>When its last packet came; a stamp (see <see cref="Aging"/>) in nanoseconds.</summary>
    public long Seen;

    /// <summary>The inside host's MAC address, a 48-bit number.</summary>
    public ulong InsideMac;

    /// <summary>Its port, or ICMP query identifier, on the outside address.</summary>
    public int OutsidePort;

    public TcpProgress Progress;
}
