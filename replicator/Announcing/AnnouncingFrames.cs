using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Replicator.Announcing;

/// <summary>Frames that tell a network where a station is now. All are broadcast or multicast, so that every switch of
/// the segment learns from them.</summary>
internal static class AnnouncingFrames
{
    /// <summary>Room that any of them fits, in bytes.</summary>
    public const int MaxBytes = 96;

    private const int IPv6Bytes = 40, AdvertisementBytes = 32;
    private const ushort ReverseArp = 0x8035, ReverseRequest = 3;
    private const ulong AllNodes = 0x3333_0000_0001;

    /// <summary>An ARP announcement: a request whose sender and target address are the station's (RFC 5227 section 2.3),
    /// which also renews the neighbours' caches.</summary>
    public static int WriteGratuitousArp(Span<byte> frame, StationAddress address, uint ipv4)
    {
        var start = WriteEthernet(frame, address, MacAddress.Broadcast, EtherTypes.Arp);
        new ArpMessage { IsRequest = true, SenderMac = address.Mac, SenderAddress = ipv4, TargetMac = 0, TargetAddress = ipv4 }
            .Write(frame[start..]);
        return Math.Max(Ethernet.MinFrameBytes, start + ArpMessage.Bytes);
    }

    /// <summary>A reverse ARP request, as hypervisors send for a machine that has moved: it asks nobody anything that
    /// is still answered, and shows switches the source (RFC 903).</summary>
    public static int WriteLearning(Span<byte> frame, StationAddress address)
    {
        var start = WriteEthernet(frame, address, MacAddress.Broadcast, ReverseArp);
        // Its form is that of ARP, but for the operation.
        new ArpMessage { IsRequest = true, SenderMac = address.Mac, SenderAddress = 0, TargetMac = address.Mac, TargetAddress = 0 }
            .Write(frame[start..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(start + 6)..], ReverseRequest);
        return Math.Max(Ethernet.MinFrameBytes, start + ArpMessage.Bytes);
    }

    /// <summary>An unsolicited neighbour advertisement to all nodes, with the override flag (RFC 4861 section 7.2.6).</summary>
    public static int WriteAdvertisement(Span<byte> frame, StationAddress address, in Station station)
    {
        var start = WriteEthernet(frame, address, AllNodes, EtherTypes.IPv6);
        var ip = frame[start..];
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], AdvertisementBytes);
        ip[6] = IpProtocols.Icmp6;
        ip[7] = 255;
        WriteAddress(ip[8..], station.IPv6High, station.IPv6Low);
        WriteAddress(ip[24..], 0xFF02_0000_0000_0000, 1);
        var message = ip.Slice(IPv6Bytes, AdvertisementBytes);
        message[0] = 136;
        message[4] = (byte)(station.IsRouter ? 0xA0 : 0x20);
        WriteAddress(message[8..], station.IPv6High, station.IPv6Low);
        message[24] = 2; // target link-layer address
        message[25] = 1; // in units of 8 bytes
        MacAddress.Write(message[26..], address.Mac);

        // RFC 8200 section 8.1: the pseudo-header is both addresses, the length and the protocol.
        var sum = InternetChecksum.Sum(ip.Slice(8, 32)) + InternetChecksum.Sum(message) + AdvertisementBytes + IpProtocols.Icmp6;
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)~(sum + (sum >> 16)));
        return start + IPv6Bytes + AdvertisementBytes;
    }

    /// <returns>Where the payload begins.</returns>
    private static int WriteEthernet(Span<byte> frame, StationAddress source, ulong destination, ushort type)
    {
        frame[..MaxBytes].Clear();
        MacAddress.Address(frame, destination, source.Mac);
        var at = Ethernet.HeaderBytes - sizeof(ushort);
        if (source.IsTagged)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[at..], source.HasServiceTag ? EtherTypes.ServiceVlan : EtherTypes.Vlan);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 2)..], source.Vlan);
            at += Ethernet.VlanTagBytes;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], type);
        return at + sizeof(ushort);
    }

    private static void WriteAddress(Span<byte> at, ulong high, ulong low)
    {
        BinaryPrimitives.WriteUInt64BigEndian(at, high);
        BinaryPrimitives.WriteUInt64BigEndian(at[8..], low);
    }
}
