using System.Buffers.Binary;

namespace Holdfast.Generator.Capture;

/// <summary>What the packets of one flow have in common, in both directions.</summary>
/// <param name="ClientPort">Of an echo flow, the identifier.</param>
/// <param name="ServerPort">Of an echo flow, 0.</param>
internal readonly record struct FlowKey(
    PacketKind Kind, bool IsV6, UInt128 Client, ushort ClientPort, UInt128 Server, ushort ServerPort)
{
    /// <summary>The flow of a frame; of an ICMP error, that of the packet it embeds.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="layout">The frame's layout.</param>
    /// <param name="fromClient">Whether the client sent it.</param>
    public static FlowKey Of(ReadOnlySpan<byte> frame, in FrameLayout layout, bool fromClient)
    {
        var packet = layout.Inner;
        // What an error embeds has travelled the other way.
        bool clientIsSource = fromClient != layout.IsError;
        var source = IpAddressBits.Read(frame, packet.Source, packet.IsV6);
        var destination = IpAddressBits.Read(frame, packet.Destination, packet.IsV6);
        ushort sourcePort = BinaryPrimitives.ReadUInt16BigEndian(frame[packet.SourcePort..]);
        ushort destinationPort = BinaryPrimitives.ReadUInt16BigEndian(frame[packet.DestinationPort..]);
        var (client, server) = clientIsSource ? (source, destination) : (destination, source);
        var (clientPort, serverPort) = clientIsSource ? (sourcePort, destinationPort) : (destinationPort, sourcePort);
        if (packet.Kind == PacketKind.Echo) serverPort = 0;
        return new FlowKey(packet.Kind, packet.IsV6, client, clientPort, server, serverPort);
    }
}
