using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>What linux/if_xdp.h says, under its names.</summary>
internal static class XdpAbi
{
    public const int SOL_XDP = 283;

    public const int XDP_MMAP_OFFSETS = 1, XDP_RX_RING = 2, XDP_TX_RING = 3, XDP_UMEM_REG = 4, XDP_UMEM_FILL_RING = 5,
        XDP_UMEM_COMPLETION_RING = 6, XDP_STATISTICS = 7;

    public const ushort XDP_COPY = 2, XDP_ZEROCOPY = 4, XDP_USE_NEED_WAKEUP = 8;

    public const uint XDP_UMEM_UNALIGNED_CHUNK_FLAG = 1, XDP_RING_NEED_WAKEUP = 1;

    /// <summary>In a descriptor's options: the frame continues in the next descriptor.</summary>
    public const uint XDP_PKT_CONTD = 1;

    /// <summary>Bits of an address below the offset, where chunks are unaligned.</summary>
    public const int XSK_UNALIGNED_BUF_OFFSET_SHIFT = 48;

    public const long XDP_PGOFF_RX_RING = 0, XDP_PGOFF_TX_RING = 0x8000_0000, XDP_UMEM_PGOFF_FILL_RING = 0x1_0000_0000,
        XDP_UMEM_PGOFF_COMPLETION_RING = 0x1_8000_0000;
}

/// <summary>struct xdp_umem_reg</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct UmemRegistration
{
    public ulong Address;
    public ulong Length;
    public uint ChunkSize;
    public uint Headroom;
    public uint Flags;
    public uint TransmitMetadataLength;
}

/// <summary>struct xdp_ring_offset: bytes from the start of a ring's mapping.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingOffsets
{
    public ulong Producer;
    public ulong Consumer;
    public ulong Slots;
    public ulong Flags;
}

/// <summary>struct xdp_mmap_offsets</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MappingOffsets
{
    public RingOffsets Receive;
    public RingOffsets Transmit;
    public RingOffsets Fill;
    public RingOffsets Completion;
}

/// <summary>struct xdp_desc: a frame in the receive or transmit ring.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpDescriptor
{
    public ulong Address;
    public uint Length;
    public uint Options;
}

/// <summary>struct sockaddr_xdp</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpAddress
{
    public ushort Family;
    public ushort Flags;
    public uint InterfaceIndex;
    public uint QueueId;
    public uint SharedUmemFd;
}

/// <summary>struct xdp_statistics, in frames or descriptors.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XdpStatistics
{
    /// <summary>In copy mode: no buffer to fill, or longer than one.</summary>
    public ulong ReceiveDropped;
    public ulong ReceiveInvalidDescriptors;
    public ulong TransmitInvalidDescriptors;
    public ulong ReceiveRingFull;
    /// <summary>No buffer to fill; in copy mode these are among the <see cref="ReceiveDropped"/> too.</summary>
    public ulong FillRingEmpty;
    public ulong TransmitRingEmpty;

    /// <summary>Frames that there was no buffer or no slot for.</summary>
    public readonly ulong DroppedForRoom => FillRingEmpty + ReceiveRingFull;

    /// <summary>Frames that fit into no buffer.</summary>
    public readonly ulong TooLong => ReceiveDropped - Math.Min(ReceiveDropped, FillRingEmpty);
}
