using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>The object with one sleep word per process of a node's chain: nfmgr's io loop first, then the NFs.</summary>
public static class Doorbells
{
    public const uint Version = 1;

    public static MemoryObject Create(int processes) =>
        MemoryObject.Create("doorbells", ObjectKind.Doorbells, Version, Bytes(processes), (uint)processes, 64);

    public static MemoryObject OnHeap(int processes) =>
        MemoryObject.OnHeap(ObjectKind.Doorbells, Version, Bytes(processes), (uint)processes, 64);

    public static int OffsetOf(int process) => ObjectHeader.Bytes + process * 64;

    private static long Bytes(int processes) => OffsetOf(processes);
}
