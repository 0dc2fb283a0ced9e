using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>What a router does to the IPv4 header of a packet besides looking at it (RFC 1812).</summary>
public static class IPv4Forwarding
{
    private const int TtlAt = 8, HeaderChecksumAt = 10;

    /// <summary>Whether the packet's time to live ends at this hop (RFC 1812 5.3.1).</summary>
    public static bool IsExpiring(ReadOnlySpan<byte> frame, in PacketHeaders headers) =>
        frame[headers.NetworkOffset + TtlAt] <= 1;

    /// <summary>Sets the time to live to one less, and the header checksum with it (RFC 1624).</summary>
    /// <param name="frame">The frame at least up to the end of its IP header; not expiring.</param>
    /// <param name="headers">Its headers.</param>
    public static void DecrementTtl(Span<byte> frame, in PacketHeaders headers) =>
        SetTtl(frame, headers, (byte)(frame[headers.NetworkOffset + TtlAt] - 1));

    /// <summary>Sets the time to live, and the header checksum with it.</summary>
    public static void SetTtl(Span<byte> frame, in PacketHeaders headers, byte ttl)
    {
        var network = frame[headers.NetworkOffset..];
        var before = BinaryPrimitives.ReadUInt16BigEndian(network[TtlAt..]);
        network[TtlAt] = ttl;
        var after = BinaryPrimitives.ReadUInt16BigEndian(network[TtlAt..]);
        var field = network[HeaderChecksumAt..];
        var checksum = BinaryPrimitives.ReadUInt16BigEndian(field);
        BinaryPrimitives.WriteUInt16BigEndian(field, InternetChecksum.Update(checksum, before, after));
    }
}
