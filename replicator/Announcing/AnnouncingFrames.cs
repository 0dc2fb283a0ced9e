using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Replicator.Announcing;

/// <summary>Frames that tell a network where a station is now. All are broadcast or multicast, so that every switch of
/// the segment learns from them.</summary>
internal static class AnnouncingFrames
{
    /// <summary>Room that any of them fits, in bytes.</summary>
    public const int MaxBytes = 96;

    private const int MinBytes = 60, ArpBytes = 28, IPv6Bytes = 40, AdvertisementBytes = 32;
    private const ushort ReverseArp = 0x8035;
    private const ulong Broadcast = 0xFFFF_FFFF_FFFF, AllNodes = 0x3333_0000_0001;

    /// <summary>An ARP announcement: a request whose sender and target address are the station's (RFC 5227 section 2.3),
    /// which also renews the neighbours' caches.</summary>
    public static int WriteGratuitousArp(Span<byte> frame, StationAddress address, uint ipv4)
    {
        var start = WriteEthernet(frame, address, Broadcast, EtherTypes.Arp);
        return WriteArp(frame, start, operation: 1, address.Mac, ipv4, targetMac: 0, ipv4);
    }

    /// <summary>A reverse ARP request, as hypervisors send for a machine that has moved: it asks nobody anything that
    /// is still answered, and shows switches the source (RFC 903).</summary>
    public static int WriteLearning(Span<byte> frame, StationAddress address)
    {
        var start = WriteEthernet(frame, address, Broadcast, ReverseArp);
        return WriteArp(frame, start, operation: 3, address.Mac, 0, address.Mac, 0);
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
        WriteMac(message[26..], address.Mac);

        // RFC 8200 section 8.1: the pseudo-header is both addresses, the length and the protocol.
        var sum = InternetChecksum.Sum(ip.Slice(8, 32)) + InternetChecksum.Sum(message) + AdvertisementBytes + IpProtocols.Icmp6;
        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], (ushort)~(sum + (sum >> 16)));
        return start + IPv6Bytes + AdvertisementBytes;
    }

    private static int WriteArp(Span<byte> frame, int start, ushort operation, ulong senderMac, uint sender, ulong targetMac, uint target)
    {
        var arp = frame.Slice(start, ArpBytes);
        BinaryPrimitives.WriteUInt64BigEndian(arp, 0x0001_0800_0604_0000UL | operation);
        WriteMac(arp[8..], senderMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], sender);
        WriteMac(arp[18..], targetMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], target);
        return Math.Max(MinBytes, start + ArpBytes);
    }

    /// <returns>Where the payload begins.</returns>
    private static int WriteEthernet(Span<byte> frame, StationAddress source, ulong destination, ushort type)
    {
        frame[..MaxBytes].Clear();
        WriteMac(frame, destination);
        WriteMac(frame[6..], source.Mac);
        var at = 12;
        if (source.IsTagged)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame[at..], source.HasServiceTag ? EtherTypes.ServiceVlan : EtherTypes.Vlan);
            BinaryPrimitives.WriteUInt16BigEndian(frame[(at + 2)..], source.Vlan);
            at += 4;
        }

        BinaryPrimitives.WriteUInt16BigEndian(frame[at..], type);
        return at + 2;
    }

    private static void WriteMac(Span<byte> at, ulong mac)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)(mac >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(at[2..], (uint)mac);
    }

    private static void WriteAddress(Span<byte> at, ulong high, ulong low)
    {
        BinaryPrimitives.WriteUInt64BigEndian(at, high);
        BinaryPrimitives.WriteUInt64BigEndian(at[8..], low);
    }
}
