using System.Buffers.Binary;

namespace Holdfast.Chaos.Clients;

/// <summary>Bytes that both ends know without telling each other: a stream by its seed.</summary>
internal static class Pattern
{
    /// <summary>Writes the stream's bytes from <paramref name="offset"/> on.</summary>
    public static void Fill(Span<byte> bytes, ulong seed, long offset)
    {
        Span<byte> block = stackalloc byte[8];
        for (var i = 0; i < bytes.Length;)
        {
            var at = offset + i;
            BinaryPrimitives.WriteUInt64LittleEndian(block, Mix(seed + (ulong)(at / 8) * 0x9E37_79B9_7F4A_7C15));
            var from = (int)(at % 8);
            var count = Math.Min(8 - from, bytes.Length - i);
            block.Slice(from, count).CopyTo(bytes[i..]);
            i += count;
        }
    }

    // SplitMix64's finaliser.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return z ^ (z >> 31);
    }
}
