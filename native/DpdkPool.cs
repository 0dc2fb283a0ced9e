namespace Holdfast.Native;

/// <summary>
/// Packet buffers as DPDK sees them. Buffers are lent to it and come back, not necessarily the same ones: all are alike. Used
/// by one thread at a time.
/// </summary>
public sealed unsafe class DpdkPool : IDisposable
{
    // Safe: the handle is the shim's from construction to Dispose, every call here checks that it is; spans are fixed for
    // the length of a call, and their lengths go along.

    private readonly uint _count;
    private nint _handle;

    /// <summary>Registers memory with DPDK, which must run.</summary>
    /// <param name="memory">Must stay mapped until <see cref="Dispose"/>.</param>
    /// <exception cref="DpdkException">DPDK refuses it.</exception>
    public DpdkPool(in DpdkMemoryArea memory)
    {
        _count = memory.Count;
        DpdkCalls.ClearLog();
        var result = DpdkCalls.CreatePool(memory, out _handle);
        if (result == 0) return;
        var remedy = DpdkEnvironment.UsesPhysicalAddresses
            ? "without an IOMMU the packet pool must lie on huge pages: sysctl vm.nr_hugepages=…, as `nfmgr check` says"
            : "lower chain.packetBuffers, or give DPDK more memory (\"dpdk\": { \"arguments\": [\"-m\", \"256\"] })";
        throw new DpdkException($"DPDK can't use the packet pool ({DpdkEnvironment.Describe(result)}): {remedy}{DpdkEnvironment.Saying()}");
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Lent buffers that no driver has.</summary>
    public int Here => (int)DpdkCalls.Here(Handle);

    /// <summary>Lent buffers, here or with a driver.</summary>
    public int Lent => (int)DpdkCalls.Lent(Handle);

    /// <summary>Whether a device can be given this buffer.</summary>
    public bool CanLend(uint buffer) => DpdkCalls.CanLend(Handle, buffer) != 0;

    /// <summary>Lends buffers.</summary>
    /// <exception cref="ArgumentException">One can't be lent; none was.</exception>
    public void Lend(ReadOnlySpan<uint> buffers)
    {
        foreach (var buffer in buffers)
        {
            if (!CanLend(buffer)) throw new ArgumentException($"buffer {buffer} can't be lent: there are {_count}, and some no device can be given", nameof(buffers));
        }

        fixed (uint* first = buffers) DpdkCalls.Lend(Handle, first, (uint)buffers.Length);
    }

    /// <summary>Takes lent buffers back, any.</summary>
    /// <param name="buffers">Where they go.</param>
    /// <param name="reserve">So many stay here, for drivers.</param>
    /// <returns>How many came.</returns>
    public int Take(Span<uint> buffers, int reserve)
    {
        fixed (uint* first = buffers) return (int)DpdkCalls.Take(Handle, first, (uint)buffers.Length, (uint)reserve);
    }

    /// <summary>Ends it, when all devices are closed.</summary>
    /// <returns>Buffers that drivers have not given back; 0 unless a driver is wrong.</returns>
    public int Close()
    {
        if (_handle == 0) return 0;
        var lost = DpdkCalls.DestroyPool(_handle);
        _handle = 0;
        return (int)lost;
    }

    public void Dispose() => Close();
}
