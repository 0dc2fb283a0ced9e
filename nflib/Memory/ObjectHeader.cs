using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Memory;

/// <summary>What a memory object holds; written into its header and checked by whoever maps it.</summary>
public enum ObjectKind : uint
{
    PacketPool = 1,
    Ring = 2,
    StateBlock = 3,
    DeltaSlots = 4,
    ChainControl = 5,
    Doorbells = 6,
    Wire = 7,
}

/// <summary>The first 64 bytes of every shared-memory object.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
public struct ObjectHeader
{
    public const int Bytes = 64;

    /// <summary>"HOLDFAST" read as a little-endian number.</summary>
    public const ulong ExpectedMagic = 0x5453_4146_444C_4F48;

    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public uint Kind;
    [FieldOffset(12)] public uint LayoutVersion;
    [FieldOffset(16)] public ulong TotalBytes;
    [FieldOffset(24)] public int CreatorProcessId;
    /// <summary>Kind-specific size: slots of a ring, buffers of a pool, …; checked by the view over the object.</summary>
    [FieldOffset(28)] public uint Count;
    [FieldOffset(32)] public uint ElementBytes;
}

/// <summary>An object of shared memory is not what its user expects.</summary>
public sealed class MemoryObjectException(string message) : Exception(message);
