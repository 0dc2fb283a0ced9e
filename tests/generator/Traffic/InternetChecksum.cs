using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Holdfast.Generator.Traffic;

/// <summary>
/// The checksum of RFC 1071. Sums are of 16-bit words as they lie in memory: the sum does not depend on the byte order
/// as long as the result is stored the same way.
/// </summary>
internal static class InternetChecksum
{
    /// <summary>The sum of the words; an odd last byte counts as if a zero followed.</summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length >= 4; bytes = bytes[4..]) sum += MemoryMarshal.Read<uint>(bytes);
        if (bytes.Length >= 2)
        {
            sum += MemoryMarshal.Read<ushort>(bytes);
            bytes = bytes[2..];
        }

        if (bytes.Length == 0) return sum;
        return sum + (BitConverter.IsLittleEndian ? bytes[0] : (uint)bytes[0] << 8);
    }

    /// <summary>Folds a sum to 16 bits, without the final complement.</summary>
    public static ushort Fold(ulong sum)
    {
        sum = (sum >> 32) + (uint)sum;
        sum = (sum >> 16) + (sum & 0xFFFF);
        sum = (sum >> 16) + (sum & 0xFFFF);
        sum = (sum >> 16) + (sum & 0xFFFF);
        return (ushort)sum;
    }

    /// <summary>A number as it counts in a sum.</summary>
    public static ulong Word(int value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)value) : (ushort)value;
}
