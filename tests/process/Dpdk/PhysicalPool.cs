using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Native;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Ports.Dpdk;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>A process whose devices would get physical addresses, with a packet pool on pages that lie anywhere. It asks the kernel
/// where, and compares.</summary>
internal static class PhysicalPool
{
    public const string Mode = "physical-pool";

    private const uint Buffers = 4096;

    public static int Run()
    {
        DpdkEnvironment.Start(EalArguments.Of([], $"0-{Environment.ProcessorCount - 1}", physical: true, onHugePages: true, DpdkNeeds.Bytes((int)Buffers)));
        using var pool = PacketPool.Create(Buffers, preferHugePages: false);
        using var memory = new DpdkMemory(pool, Console.Error.WriteLine);
        using var map = new BinaryReader(File.OpenRead("/proc/self/pagemap"));
        int unfit = 0, wrong = 0;
        for (uint buffer = 0; buffer < Buffers; buffer++)
        {
            var fits = LiesInOnePiece(pool.Buffer(buffer), map);
            if (!fits) unfit++;
            if (memory.CanLend(buffer) != fits) wrong++;
        }

        Console.WriteLine($"{unfit} {wrong}");
        return 0;
    }

    private static bool LiesInOnePiece(ReadOnlySpan<byte> buffer, BinaryReader map)
    {
        var start = AddressOf(buffer);
        var page = (ulong)Environment.SystemPageSize;
        var (first, last) = (start / page, (start + (ulong)buffer.Length - 1) / page);
        return FrameOf(last, map) - FrameOf(first, map) == last - first; // a buffer lies on two pages at most
    }

    // Safe: the address is compared and never followed, and the pool does not move.
    private static unsafe ulong AddressOf(ReadOnlySpan<byte> bytes) => (ulong)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));

    private static ulong FrameOf(ulong page, BinaryReader map)
    {
        map.BaseStream.Position = (long)page * sizeof(ulong);
        return map.ReadUInt64() & ((1UL << 55) - 1);
    }
}
