using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>The socket calls of packet sockets (packet(7)).</summary>
internal static unsafe partial class PacketCalls
{
    // Safe: pointers only pass through to the kernel, which checks them; lengths and counts are the caller's to keep.

    public const ushort ETH_P_ALL = 3;
    public const int SOL_PACKET = 263, PACKET_ADD_MEMBERSHIP = 1, PACKET_RX_RING = 5, PACKET_STATISTICS = 6, PACKET_VERSION = 10,
        PACKET_VNET_HDR = 15, PACKET_IGNORE_OUTGOING = 23;
    public const int TPACKET_V2 = 1;
    public const uint TP_STATUS_KERNEL = 0, TP_STATUS_USER = 1, TP_STATUS_VLAN_VALID = 0x10, TP_STATUS_VLAN_TPID_VALID = 0x40;
    public const ushort PACKET_MR_PROMISC = 1;
    public const ushort BPF_RET_K = 6;

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMessages(int fd, BatchedMessage* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, void* frame, nuint bytes, int flags);
}
