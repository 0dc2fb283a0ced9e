using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>The socket calls of packet sockets (packet(7)).</summary>
internal static unsafe partial class PacketCalls
{
    // Safe: pointers only pass through to the kernel, which checks them; lengths and counts are the caller's to keep.

    public const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    public const ushort ETH_P_ALL = 3;
    public const int SOL_SOCKET = 1, SO_ERROR = 4, SO_SNDBUF = 7, SO_ATTACH_FILTER = 26, SO_DETACH_FILTER = 27, SO_SNDBUFFORCE = 32;
    public const int SOL_PACKET = 263, PACKET_ADD_MEMBERSHIP = 1, PACKET_RX_RING = 5, PACKET_STATISTICS = 6, PACKET_VERSION = 10,
        PACKET_VNET_HDR = 15, PACKET_IGNORE_OUTGOING = 23;
    public const int TPACKET_V2 = 1;
    public const uint TP_STATUS_KERNEL = 0, TP_STATUS_USER = 1, TP_STATUS_VLAN_VALID = 0x10, TP_STATUS_VLAN_TPID_VALID = 0x40;
    public const ushort PACKET_MR_PROMISC = 1;
    public const ushort BPF_RET_K = 6;
    public const int MSG_DONTWAIT = 0x40;
    public const int EINTR = 4, ENXIO = 6, EAGAIN = 11, ENODEV = 19, EMSGSIZE = 90, ENETDOWN = 100, ENOBUFS = 105;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, LinkAddress* address, uint bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int fd, int level, int option, void* value, uint bytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int fd, int level, int option, void* value, uint* bytes);

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMessages(int fd, BatchedMessage* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, void* frame, nuint bytes, int flags);
}
