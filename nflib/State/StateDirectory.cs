using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.NfLib.State;

public enum ContainerKind : ushort
{
    Counter = 1,
    Array = 2,
    Map = 3,
    Pool = 4,
    Random = 5,
}

/// <summary>A block holds other containers than its user declared.</summary>
public sealed class StateLayoutException(string message) : Exception(message);

/// <summary>First line of a declared block.</summary>
[StructLayout(LayoutKind.Explicit, Size = StateBlock.LineBytes)]
internal struct StateHeader
{
    /// <summary>"HFSTATE1" read as a little-endian number; zero in a block that nobody declared.</summary>
    public const ulong ExpectedMagic = 0x3145_5441_5453_4648;

    [FieldOffset(0)] public ulong Magic;
    /// <summary>Bytes in use, from the start of the block; a multiple of the line size.</summary>
    [FieldOffset(8)] public int Used;
    [FieldOffset(12)] public int Containers;
}

/// <summary>The directory line in front of each container's data.</summary>
[StructLayout(LayoutKind.Explicit, Size = StateBlock.LineBytes)]
internal unsafe struct ContainerEntry
{
    public const int MaxNameBytes = 24;

    [FieldOffset(0)] public fixed byte Name[MaxNameBytes];
    [FieldOffset(24)] public ContainerKind Kind;
    /// <summary>The NF writer's own version of what the container means.</summary>
    [FieldOffset(26)] public ushort Version;
    [FieldOffset(28)] public ushort KeyBytes;
    [FieldOffset(30)] public ushort ValueBytes;
    [FieldOffset(32)] public int Capacity;
    [FieldOffset(36)] public int Stride;
    /// <summary>Bytes of data behind this line; a multiple of the line size.</summary>
    [FieldOffset(40)] public int Length;
    /// <summary>Hash of the field names, types and offsets of key and value.</summary>
    [FieldOffset(48)] public ulong Fingerprint;

    public readonly string NameText
    {
        get
        {
            fixed (byte* name = Name)
            {
                // Safe: the span is the fixed buffer itself.
                var bytes = new ReadOnlySpan<byte>(name, MaxNameBytes);
                var end = bytes.IndexOf((byte)0);
                return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
            }
        }
    }

    public readonly bool SameLayout(in ContainerEntry other) =>
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in this, 1))
            .SequenceEqual(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in other, 1)));

    public override readonly string ToString() =>
        $"{Kind} '{NameText}' version {Version}, {Capacity} x (key {KeyBytes} + value {ValueBytes}) bytes, " +
        $"layout {Fingerprint:x16}";
}

/// <summary>Walks the directory of a block without trusting what stands in it.</summary>
internal static class StateDirectory
{
    public static bool IsDeclared(ReadOnlySpan<byte> data) => HeaderOf(data).Magic == StateHeader.ExpectedMagic;

    public static StateHeader HeaderOf(ReadOnlySpan<byte> data) => MemoryMarshal.Read<StateHeader>(data);

    /// <summary>Reads the entry at <paramref name="offset"/>; false at the end of the directory.</summary>
    /// <exception cref="StateLayoutException">The directory contradicts itself.</exception>
    public static bool TryRead(ReadOnlySpan<byte> data, int offset, out ContainerEntry entry)
    {
        entry = default;
        var used = HeaderOf(data).Used;
        if (offset >= used) return false;
        if (used > data.Length || offset + StateBlock.LineBytes > used)
            throw new StateLayoutException($"state block: its directory says {used} bytes are in use, at {offset}");
        entry = MemoryMarshal.Read<ContainerEntry>(data[offset..]);
        if (entry.Length < 0 || entry.Length % StateBlock.LineBytes != 0
            || entry.Length > used - offset - StateBlock.LineBytes || !ContainerLayout.Fits(entry))
            throw new StateLayoutException($"state block: the directory entry at {offset} is damaged ({entry})");
        return true;
    }

    /// <summary>A hash of everything that must be the same for two nodes to share this state; 0 if undeclared.</summary>
    public static ulong LayoutHash(ReadOnlySpan<byte> data)
    {
        if (!IsDeclared(data)) return 0;
        var hash = StableHash.Seed;
        var offset = StateBlock.LineBytes;
        while (TryRead(data, offset, out var entry))
        {
            hash = StableHash.Add(hash, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in entry, 1)));
            offset += StateBlock.LineBytes + entry.Length;
        }

        return hash;
    }
}
