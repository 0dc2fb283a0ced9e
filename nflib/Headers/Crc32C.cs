using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Headers;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) by the processor's instruction: SCTP's checksum (RFC 9260), and that
/// of the messages between nodes.</summary>
internal static class Crc32C
{
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes)) crc = BitOperations.Crc32C(crc, word);
        foreach (var b in bytes[(bytes.Length & ~7)..]) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
