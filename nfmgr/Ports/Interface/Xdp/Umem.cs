using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Interfaces;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// The packet pool as the kernel addresses it: bytes from the start of the memory object, and in the upper 16 bits how
/// far into the buffer the frame begins. What comes back from the kernel is trusted no more than anybody else's.
/// </summary>
internal readonly struct Umem
{
    private const ulong HugePageBytes = 2 << 20;
    private const ulong BaseMask = (1UL << XdpAbi.XSK_UNALIGNED_BUF_OFFSET_SHIFT) - 1;

    private readonly ulong _first;
    private readonly uint _count;

    /// <param name="first">Bytes from the start of the memory object to buffer 0.</param>
    /// <param name="count">Buffers.</param>
    public Umem(ulong first, uint count)
    {
        _first = first;
        _count = count;
    }

    public static unsafe Umem Of(PacketPool pool)
    {
        // Safe: addresses are only subtracted; both lie in the pool's mapping.
        fixed (byte* first = pool.Buffer(0)) return new Umem((ulong)(first - pool.Memory.Base), pool.Count);
    }

    /// <summary>The longest frame that the kernel can receive into a buffer, in bytes.</summary>
    public const int LongestReceived = PacketPool.BufferBytes - MtuLimit.XdpHeadroom;

    /// <param name="buffer">A buffer of the pool.</param>
    /// <param name="offset">Where in it the frame begins, in bytes.</param>
    public ulong AddressOf(uint buffer, int offset = 0) =>
        (_first + (ulong)buffer * PacketPool.StrideBytes) | (ulong)offset << XdpAbi.XSK_UNALIGNED_BUF_OFFSET_SHIFT;

    /// <summary>Which buffer an address is in; false when it is not exactly a buffer of the pool, or the offset leads out
    /// of it.</summary>
    public bool TryLocate(ulong address, out uint buffer, out int offset)
    {
        var (index, rest) = Math.DivRem((address & BaseMask) - _first, (ulong)PacketPool.StrideBytes);
        (buffer, offset) = ((uint)index, (int)(address >> XdpAbi.XSK_UNALIGNED_BUF_OFFSET_SHIFT));
        return rest == 0 && index < _count && offset < PacketPool.BufferBytes;
    }

    /// <summary>Whether a buffer lies on two huge pages. A device may see these far apart, so the kernel refuses to let
    /// a driver have such a buffer; a refused one never comes back.</summary>
    public bool CrossesHugePages(uint buffer)
    {
        var start = AddressOf(buffer);
        return start / HugePageBytes != (start + PacketPool.BufferBytes - 1) / HugePageBytes;
    }
}
