using Holdfast.Native;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Devices;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>
/// The packet pool as DPDK has it, for both ports of a chain. The root lends it buffers; drivers receive into them and give
/// back those that were sent. One buffer is as good as another, so what has left is given back to the root by number: as
/// many as DPDK has too many. Used by one thread at a time.
/// </summary>
public sealed class DpdkMemory : IDisposable
{
    private readonly DpdkPool _pool;
    private readonly Action<string> _report;
    private readonly bool[]? _unfit; // null where every buffer can be lent
    private int _kept, _reserve;

    /// <param name="pool">Lives longer than this.</param>
    /// <param name="report">Told when a driver did not give buffers back.</param>
    /// <exception cref="DpdkException">DPDK can't use that memory.</exception>
    public unsafe DpdkMemory(PacketPool pool, Action<string> report)
    {
        // Safe: the mapping is the pool's, whole pages of it, and outlives this; DPDK keeps to the rooms of its buffers.
        Packets = pool;
        _report = report;
        var page = pool.Memory.OnHugePages ? (int)HugePages.Bytes : Environment.SystemPageSize;
        pool.Memory.Populate(); // what nobody has touched has no physical address yet
        _pool = new DpdkPool(new DpdkMemoryArea
        {
            Base = (nint)pool.Memory.Base,
            Bytes = (ulong)(pool.Memory.Bytes / page * page),
            PageBytes = (ulong)page,
            First = ObjectHeader.Bytes + PacketMetadata.Bytes,
            Stride = PacketPool.StrideBytes,
            Room = PacketPool.BufferBytes,
            Count = pool.Count,
            NumaNode = DpdkMemoryArea.AnyNode,
        });
        if (!DpdkEnvironment.UsesPhysicalAddresses) return;
        _unfit = new bool[pool.Count];
        for (uint buffer = 0; buffer < pool.Count; buffer++) _unfit[buffer] = !_pool.CanLend(buffer);
    }

    public PacketPool Packets { get; }

    internal DpdkPool Pool => _pool;

    /// <summary>Whether a device can be given this buffer; one that can't is sent as a copy.</summary>
    public bool CanLend(uint buffer) => _unfit is null || !_unfit[buffer];

    /// <summary>Takes a port's buffers, for good.</summary>
    /// <param name="buffers">The root's until now.</param>
    /// <param name="reserve">How many of them lie here ready when the port's queues are full.</param>
    public void Keep(ReadOnlySpan<uint> buffers, int reserve)
    {
        Return(buffers);
        _kept += buffers.Length;
        _reserve += reserve;
    }

    /// <summary>Takes buffers that no call for frames has brought here.</summary>
    public void Return(ReadOnlySpan<uint> buffers) => _pool.Lend(buffers);

    /// <summary>Whether drivers have what they need ready, and more.</summary>
    public bool HasSpare => _pool.Here > _reserve / 2;

    /// <summary>Takes one of the ports' own buffers, for a frame that is none of the root's.</summary>
    public bool TryTakeOne(Span<uint> one) => _pool.Take(one, reserve: 0) == 1;

    /// <summary>Gives buffers back to the root, as many as have left.</summary>
    public int TakeBack(Span<uint> buffers)
    {
        var tooMany = Math.Min(_pool.Lent - _kept, buffers.Length);
        return tooMany > 0 ? _pool.Take(buffers[..tooMany], _reserve) : 0;
    }

    public void Dispose()
    {
        if (_pool.Close() is > 0 and var lost) _report($"DPDK's drivers did not give {lost} packet buffers back; please report this");
    }
}
