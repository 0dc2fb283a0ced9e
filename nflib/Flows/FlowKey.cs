using Holdfast.NfLib.Headers;

namespace Holdfast.NfLib.Flows;

/// <summary>
/// The 5-tuple of an IPv4 flow, told by where its ends are and not by who sent this packet, so that both directions
/// have the same key. Ports are 0 where there are none; the two ports of an ICMP query are its identifier.
/// </summary>
/// <remarks>16 bytes without padding: keys are compared byte by byte.</remarks>
public readonly struct FlowKey4
{
    private readonly uint _left, _right;
    private readonly ushort _leftPort, _rightPort;
    private readonly uint _protocol;

    /// <param name="headers">Headers of an IPv4 packet.</param>
    /// <param name="fromLeft">Whether the packet travels from left to right.</param>
    public FlowKey4(in PacketHeaders headers, bool fromLeft)
    {
        var (source, destination) = ((uint)headers.Source, (uint)headers.Destination);
        (_left, _right) = fromLeft ? (source, destination) : (destination, source);
        (_leftPort, _rightPort) = fromLeft
            ? (headers.SourcePort, headers.DestinationPort)
            : (headers.DestinationPort, headers.SourcePort);
        _protocol = headers.Protocol;
    }
}

/// <summary>The 5-tuple of an IPv6 flow, as <see cref="FlowKey4"/>.</summary>
/// <remarks>40 bytes without padding. UInt128 would align to 16 bytes and pad, so addresses are halves.</remarks>
public readonly struct FlowKey6
{
    private readonly ulong _leftHigh, _leftLow, _rightHigh, _rightLow;
    private readonly ushort _leftPort, _rightPort;
    private readonly uint _protocol;

    /// <param name="headers">Headers of an IPv6 packet.</param>
    /// <param name="fromLeft">Whether the packet travels from left to right.</param>
    public FlowKey6(in PacketHeaders headers, bool fromLeft)
    {
        var (left, right) = fromLeft ? (headers.Source, headers.Destination) : (headers.Destination, headers.Source);
        (_leftHigh, _leftLow) = ((ulong)(left >> 64), (ulong)left);
        (_rightHigh, _rightLow) = ((ulong)(right >> 64), (ulong)right);
        (_leftPort, _rightPort) = fromLeft
            ? (headers.SourcePort, headers.DestinationPort)
            : (headers.DestinationPort, headers.SourcePort);
        _protocol = headers.Protocol;
    }
}
