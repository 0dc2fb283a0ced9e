using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>The longest payloads in bytes whose frames fit a packet buffer.</summary>
internal static class MtuLimit
{
    /// <summary>What the kernel keeps free before a frame that AF_XDP receives (XDP_PACKET_HEADROOM).</summary>
    public const int XdpHeadroom = 256;

    /// <summary>With a VLAN tag.</summary>
    public const int Packet = PacketPool.MaxFrameBytes - Ethernet.HeaderBytes - Ethernet.VlanTagBytes;

    /// <summary>With AF_XDP, and two VLAN tags.</summary>
    public const int Xdp = PacketPool.BufferBytes - XdpHeadroom - Ethernet.HeaderBytes - 2 * Ethernet.VlanTagBytes;
}
