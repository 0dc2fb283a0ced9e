using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Functions;

/// <summary>What nfmgr tells all NFs of its chain. NFs map it read-only.</summary>
public sealed unsafe class ChainControl : IDisposable
{
    public const uint Version = 1;

    private const int ActiveOffset = 64, PreparedOffset = 128, Total = 192;

    public ChainControl(MemoryObject memory)
    {
        // Safe: the mapping is at least as large as the layout.
        if (memory.Bytes < Total) throw new MemoryObjectException($"chain control: {memory.Bytes} bytes are fewer than {Total}");
        Memory = memory;
    }

    public MemoryObject Memory { get; }

    /// <summary>Whether the chain's NFs may work. While 0, nfmgr owns the state blocks (it applies checkpoints).</summary>
    // Release and acquire: an NF that sees the chain active sees the replica that nfmgr finished before.
    public bool Active
    {
        get => Volatile.Read(ref *(int*)(Memory.Base + ActiveOffset)) != 0;
        set => Volatile.Write(ref *(int*)(Memory.Base + ActiveOffset), value ? 1 : 0);
    }

    /// <summary>Highest checkpoint that every required or joining standby has prepared; frees delta slots.</summary>
    // Release and acquire: nfmgr has read a slot before it publishes that the slot is free.
    public ulong Prepared
    {
        get => Volatile.Read(ref *(ulong*)(Memory.Base + PreparedOffset));
        set => Volatile.Write(ref *(ulong*)(Memory.Base + PreparedOffset), value);
    }

    public static ChainControl Create() => new(MemoryObject.Create("chain", ObjectKind.ChainControl, Version, Total));

    public static ChainControl OnHeap() => new(MemoryObject.OnHeap(ObjectKind.ChainControl, Version, Total));

    public void Dispose() => Memory.Dispose();
}
