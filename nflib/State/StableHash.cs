using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>
/// Hashes that are the same in every process, unlike <see cref="HashCode"/>: a replica must find its entries, and two
/// nodes must agree on a layout.
/// </summary>
public static class StableHash
{
    /// <summary>FNV-1a's offset basis.</summary>
    public const ulong Seed = 0xcbf29ce484222325;

    /// <summary>FNV-1a over bytes, continued from <paramref name="hash"/>; for names and layouts, not for tables.</summary>
    public static ulong Add(ulong hash, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes) hash = (hash ^ b) * 0x100000001b3;
        return hash;
    }

    public static ulong Add(ulong hash, string text) => Add(hash, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A fast seeded hash of a table's key, eight bytes at a time by multiply and fold.</summary>
    internal static ulong OfKey<TKey>(in TKey key, ulong seed) where TKey : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in key, 1));
        var hash = seed;
        var i = 0;
        for (; i + 8 <= bytes.Length; i += 8)
            hash = Fold(hash ^ MemoryMarshal.Read<ulong>(bytes[i..]), 0x9E3779B97F4A7C15);
        if (i + 4 <= bytes.Length)
        {
            hash = Fold(hash ^ MemoryMarshal.Read<uint>(bytes[i..]), 0xA0761D6478BD642F);
            i += 4;
        }

        for (; i < bytes.Length; i++) hash = Fold(hash ^ bytes[i], 0xE7037ED1A0B428DB);
        return Fold(hash ^ (ulong)bytes.Length, 0x8EBC6AF09C88C6E3);
    }

    private static ulong Fold(ulong a, ulong b)
    {
        var high = Math.BigMul(a ^ 0x2D358DCCAA6C78A5, b, out var low);
        return high ^ low;
    }
}
