using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>Small UDP datagrams without checksums, to warm code up with; never to be sent.</summary>
public static class SampleDatagram
{
    /// <summary>A frame from one IPv4 endpoint to another.</summary>
    public static byte[] Build(ulong sourceMac, ulong destinationMac, uint source, ushort sourcePort, uint destination,
        ushort destinationPort)
    {
        var frame = new byte[Ethernet.MinFrameBytes];
        MacAddress.Address(frame, destinationMac, sourceMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherTypes.IPv4);
        var ip = frame.AsSpan(Ethernet.HeaderBytes);
        (ip[0], ip[8], ip[9]) = (0x45, 64, IpProtocols.Udp);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], destination);
        var udp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], destinationPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        return frame;
    }
}
