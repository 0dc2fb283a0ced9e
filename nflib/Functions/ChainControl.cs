using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Functions;

/// <summary>What nfmgr tells all NFs of its chain. NFs map it read-only.</summary>
public sealed unsafe class ChainControl : IDisposable
{
    public const uint Version = 2;

    /// <summary>Most NFs of a chain.</summary>
    public const int MaxFunctions = 16;

    private const int ActiveOffset = 64, PreparedOffset = 128, FunctionsOffset = 192, FunctionBytes = 64;
    private const int RetireOffset = 0, PausedOffset = 4, Total = FunctionsOffset + MaxFunctions * FunctionBytes;

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

    /// <summary>Processes of this NF with this generation or an earlier one must hand over between two batches.</summary>
    public uint RetireOf(int function) => Volatile.Read(ref Word(function, RetireOffset));

    public void Retire(int function, uint generation) => Volatile.Write(ref Word(function, RetireOffset), generation);

    /// <summary>Whether this NF is to take no batches for now.</summary>
    public bool IsPaused(int function) => Volatile.Read(ref Word(function, PausedOffset)) != 0;

    public void Pause(int function, bool paused) => Volatile.Write(ref Word(function, PausedOffset), paused ? 1u : 0);

    public static ChainControl Create() => new(MemoryObject.Create("chain", ObjectKind.ChainControl, Version, Total));

    public static ChainControl OnHeap() => new(MemoryObject.OnHeap(ObjectKind.ChainControl, Version, Total));

    public void Dispose() => Memory.Dispose();

    private ref uint Word(int function, int offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)function, (uint)MaxFunctions, nameof(function));
        return ref *(uint*)(Memory.Base + FunctionsOffset + function * FunctionBytes + offset);
    }
}
