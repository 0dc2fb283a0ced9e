using System.Numerics;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>An encoded delta: chunk mask (8 bytes), a 2-byte line mask per chunk in it, and the lines.</summary>
public static class Delta
{
    /// <summary>Largest encoding: all lines of all chunks.</summary>
    public const int MaxBytes = sizeof(ulong) + StateBlock.Chunks * sizeof(ushort) + StateBlock.Bytes;

    /// <summary>Whether the bytes are exactly one delta; must hold before <see cref="Apply"/>.</summary>
    public static bool IsValid(ReadOnlySpan<byte> delta)
    {
        if (delta.Length < sizeof(ulong)) return false;
        var masks = BitOperations.PopCount(MemoryMarshal.Read<ulong>(delta)) * sizeof(ushort);
        if (delta.Length < sizeof(ulong) + masks) return false;
        var lines = 0;
        foreach (var mask in MemoryMarshal.Cast<byte, ushort>(delta.Slice(sizeof(ulong), masks)))
            lines += BitOperations.PopCount(mask);
        return delta.Length == sizeof(ulong) + masks + lines * StateBlock.LineBytes;
    }

    /// <summary>Writes the lines of a valid delta into a block whose NF sleeps.</summary>
    public static void Apply(ReadOnlySpan<byte> delta, StateBlock block)
    {
        var chunks = MemoryMarshal.Read<ulong>(delta);
        var masks = MemoryMarshal.Cast<byte, ushort>(delta.Slice(sizeof(ulong), BitOperations.PopCount(chunks) * sizeof(ushort)));
        var lines = delta[(sizeof(ulong) + masks.Length * sizeof(ushort))..];
        foreach (var mask in masks)
        {
            var chunk = BitOperations.TrailingZeroCount(chunks);
            chunks &= chunks - 1;
            for (uint bits = mask; bits != 0; bits &= bits - 1)
            {
                var line = chunk * StateBlock.LinesPerChunk + BitOperations.TrailingZeroCount(bits);
                lines[..StateBlock.LineBytes].CopyTo(block.Data[(line * StateBlock.LineBytes)..]);
                lines = lines[StateBlock.LineBytes..];
            }
        }
    }
}
