using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.Replicator.Messages;

/// <summary>CRC-32C (Castagnoli, RFC 3720 appendix B.4) by the processor's instruction.</summary>
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
