using System.Buffers.Binary;

namespace Holdfast.NfLib.Headers;

/// <summary>The 16-bit one's complement checksum of IP, TCP, UDP and ICMP (RFC 1071).</summary>
public static class InternetChecksum
{
    /// <summary>One's complement sum of big-endian 16-bit words; a last odd byte counts as the high half of a word. A
    /// range that includes a correct checksum sums up to 0xFFFF.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0UL;
        // Two words at a time: their carry is folded in with the rest (RFC 1071 section 2).
        for (; bytes.Length >= 4; bytes = bytes[4..]) sum += BinaryPrimitives.ReadUInt32BigEndian(bytes);
        for (; bytes.Length >= 2; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        if (bytes.Length == 1) sum += (ulong)bytes[0] << 8;
        return Fold(sum);
    }

    /// <summary>The checksum after one word that it covers has changed, by RFC 1624 equation 3: HC' = ~(~HC + ~m + m').
    /// The words may also be sums of several words, since the sum is associative.</summary>
    public static ushort Update(ushort checksum, ushort from, ushort to) =>
        (ushort)~Fold((ulong)(ushort)~checksum + (ushort)~from + to);

    /// <summary>The checksum after an aligned 32-bit number, such as an IPv4 address, has changed.</summary>
    public static ushort Update(ushort checksum, uint from, uint to) =>
        Update(Update(checksum, (ushort)(from >> 16), (ushort)(to >> 16)), (ushort)from, (ushort)to);

    private static ushort Fold(ulong sum)
    {
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)sum;
    }
}
