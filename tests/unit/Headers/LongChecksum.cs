using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Tests.Unit.Headers;

/// <summary>Checksums by the definition in RFC 1071, byte by byte, and their sums over whole frames.</summary>
internal static class LongChecksum
{
    /// <summary>The two bytes to put into the field.</summary>
    public static byte[] Of(ReadOnlySpan<byte> bytes)
    {
        var checksum = 0xFFFF - Sum(bytes);
        return [(byte)(checksum >> 8), (byte)checksum];
    }

    /// <summary>
    /// The sums over everything that each checksum of an IPv4 frame covers, itself included: of the IP header, and of
    /// TCP, UDP or ICMP. 0xFFFF if right; the same as before a translation if it was wrong. -1 where there is none.
    /// </summary>
    public static (int Header, int Transport) Residuals(ReadOnlySpan<byte> frame)
    {
        var at = 14;
        while (frame[at - 2] is 0x81 or 0x88) at += 4;
        if (frame[at - 2] != 0x08 || frame[at - 1] != 0x00) return (-1, -1);
        var network = frame[at..];
        var packet = network[..BinaryPrimitives.ReadUInt16BigEndian(network[2..])];
        var header = packet[..((packet[0] & 15) * 4)];
        var transport = packet[header.Length..];
        byte[] pseudoHeader = [.. packet[12..20], 0, packet[9], (byte)(transport.Length >> 8), (byte)transport.Length];
        var residual = packet[9] switch
        {
            IpProtocols.Udp when transport[6] == 0 && transport[7] == 0 => -1,
            // UDP's own length is what its pseudo-header says, and what it covers.
            IpProtocols.Udp => Sum([.. packet[12..20], 0, 17, transport[4], transport[5],
                .. transport[..BinaryPrimitives.ReadUInt16BigEndian(transport[4..])]]),
            IpProtocols.Tcp => Sum([.. pseudoHeader, .. transport]),
            IpProtocols.Icmp => Sum(transport),
            _ => -1,
        };
        return (Sum(header), residual);
    }

    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
            if (sum > 0xFFFF) sum -= 0xFFFF; // end-around carry
        }

        // All ones and all zeroes are the same number; only zero bytes sum up to zero.
        return sum;
    }
}
