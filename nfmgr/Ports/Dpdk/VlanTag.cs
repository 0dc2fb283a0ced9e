using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>Putting a VLAN tag (802.1Q) into a frame, and taking one out, by moving the two addresses: what is behind them is
/// longer.</summary>
internal static class VlanTag
{
    private const int AddressBytes = 12, IdentifierMask = 0x0FFF;

    /// <summary>The VLAN of a tag's control information.</summary>
    public static int IdentifierOf(ushort tag) => tag & IdentifierMask;

    /// <summary>Looks whether a frame begins with a tag.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out ushort tag)
    {
        tag = 0;
        if (frame.Length < Ethernet.HeaderBytes + Ethernet.VlanTagBytes
            || BinaryPrimitives.ReadUInt16BigEndian(frame[AddressBytes..]) != EtherTypes.Vlan) return false;
        tag = BinaryPrimitives.ReadUInt16BigEndian(frame[(AddressBytes + 2)..]);
        return true;
    }

    /// <summary>Takes the tag out; the frame begins four bytes later.</summary>
    /// <param name="frame">With a tag.</param>
    public static void Remove(Span<byte> frame) => frame[..AddressBytes].CopyTo(frame[Ethernet.VlanTagBytes..]);

    /// <summary>Puts a tag in.</summary>
    /// <param name="room">Four free bytes, then the frame.</param>
    /// <param name="tag">Its control information.</param>
    public static void Insert(Span<byte> room, ushort tag)
    {
        room.Slice(Ethernet.VlanTagBytes, AddressBytes).CopyTo(room);
        BinaryPrimitives.WriteUInt16BigEndian(room[AddressBytes..], EtherTypes.Vlan);
        BinaryPrimitives.WriteUInt16BigEndian(room[(AddressBytes + 2)..], tag);
    }
}
