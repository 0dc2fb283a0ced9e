using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface;

// The kernel's structs, by their C names' order (linux/if_packet.h, linux/virtio_net.h, linux/filter.h, bits/socket.h).

/// <summary>struct sockaddr_ll.</summary>
[StructLayout(LayoutKind.Explicit, Size = 20)]
internal struct LinkAddress
{
    [FieldOffset(0)] public ushort Family;

    /// <summary>In network order.</summary>
    [FieldOffset(2)] public ushort Protocol;

    [FieldOffset(4)] public int InterfaceIndex;
}

/// <summary>struct packet_mreq.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct PacketMembership
{
    [FieldOffset(0)] public int InterfaceIndex;
    [FieldOffset(4)] public ushort Type;
}

/// <summary>struct tpacket_req.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct RingRequest
{
    [FieldOffset(0)] public uint BlockBytes;
    [FieldOffset(4)] public uint Blocks;
    [FieldOffset(8)] public uint FrameBytes;
    [FieldOffset(12)] public uint Frames;
}

/// <summary>struct tpacket2_hdr, before each frame in the ring.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct RingFrameHeader
{
    /// <summary>Set by the kernel when the frame is ours, cleared by us when it is the kernel's again.</summary>
    [FieldOffset(0)] public uint Status;

    /// <summary>Length that the frame had.</summary>
    [FieldOffset(4)] public uint Length;

    /// <summary>Bytes of it that lie here.</summary>
    [FieldOffset(8)] public uint Captured;

    /// <summary>Where they begin, from this header on.</summary>
    [FieldOffset(12)] public ushort Offset;

    [FieldOffset(24)] public ushort VlanTag;
    [FieldOffset(26)] public ushort VlanProtocol;
}

/// <summary>struct tpacket_stats.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct RingStatistics
{
    /// <summary>Dropped ones included.</summary>
    [FieldOffset(0)] public uint Frames;

    [FieldOffset(4)] public uint Dropped;
}

/// <summary>struct virtio_net_hdr: what the sender left to the hardware.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct OffloadHeader
{
    public const int Bytes = 10;
    public const byte NeedsChecksum = 1;

    [FieldOffset(0)] public byte Flags;

    /// <summary>0, or the kind of segments that the frame was to be cut into.</summary>
    [FieldOffset(1)] public byte Segmentation;

    /// <summary>From here to the frame's end the checksum counts.</summary>
    [FieldOffset(6)] public ushort ChecksumStart;

    /// <summary>Where it lies, from its start on; it holds the sum of the pseudo header.</summary>
    [FieldOffset(8)] public ushort ChecksumOffset;
}

/// <summary>struct sock_filter.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct FilterInstruction
{
    [FieldOffset(0)] public ushort Code;
    [FieldOffset(2)] public byte JumpTrue;
    [FieldOffset(3)] public byte JumpFalse;
    [FieldOffset(4)] public uint Operand;
}

/// <summary>struct sock_fprog.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct FilterProgram
{
    // Safe: only the kernel follows the pointer, for as many instructions as stand beside it.
    [FieldOffset(0)] public ushort Length;
    [FieldOffset(8)] public FilterInstruction* Instructions;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct IoVector
{
    // Safe: only the kernel follows the pointer, for as many bytes as stand beside it.
    [FieldOffset(0)] public byte* Start;
    [FieldOffset(8)] public nuint Length;
}

/// <summary>struct mmsghdr: a struct msghdr, and the bytes sent of it.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct BatchedMessage
{
    // Safe: only the kernel follows the pointer, for as many vectors as stand beside it.
    [FieldOffset(16)] public IoVector* Vectors;
    [FieldOffset(24)] public nuint VectorCount;
    [FieldOffset(56)] public uint Sent;
}
