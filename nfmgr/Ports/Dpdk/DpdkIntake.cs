using Holdfast.Native;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Ports.Interface.Xdp;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>Makes a received frame as it would be on a wire, in its place: what its device, or its sender's, has left to others
/// is done here.</summary>
/// <param name="pool">Where frames are.</param>
/// <param name="counts">What is refused, by reason.</param>
/// <param name="vlan">The VLAN whose frames are taken, without their tag; 0 for all frames as they are.</param>
/// <param name="isFromKernel">Frames may be such as only the machine's kernel makes.</param>
internal sealed class DpdkIntake(PacketPool pool, FrameCounts counts, int vlan, bool isFromKernel)
{
    /// <summary>Frames whose device found a checksum wrong. They pass, as they would pass a wire.</summary>
    public ulong BadChecksums { get; private set; }

    /// <returns>Whether the frame is one for the chain; its metadata is set then.</returns>
    public bool Accept(ref DpdkFrame frame)
    {
        var refusal = Judge(ref frame);
        if (refusal == Refusal.None)
        {
            pool.Place(frame.Buffer, frame.Offset, frame.Length, (frame.Flags & DpdkFlags.Hashed) != 0 ? frame.Hash : 0);
            return true;
        }

        counts.Refuse(refusal);
        return false;
    }

    private Refusal Judge(ref DpdkFrame frame)
    {
        if (frame.Length == 0 || frame.Offset + frame.Length > PacketPool.BufferBytes) return Refusal.TooLong; // several pieces
        if (frame.Length < Ethernet.HeaderBytes) return Refusal.Malformed;
        if (vlan != 0 ? !TryEnterVlan(ref frame) : !TryPutTagBack(ref frame)) return vlan != 0 ? Refusal.OtherVlan : Refusal.TooLong;
        if ((frame.Flags & DpdkFlags.BadChecksum) != 0) BadChecksums++;
        if (!isFromKernel && (frame.Flags & DpdkFlags.Unfinished) == 0) return Refusal.None;
        var bytes = BytesOf(frame);
        // The driver cuts what is longer than its own buffers, without a word.
        if (!PacketHeaders.TryParse(bytes, out var headers) && headers.Defect == HeaderDefect.BadIpLength) return Refusal.Giant;
        PseudoHeaderSum.Finish(bytes);
        return Refusal.None;
    }

    private bool TryEnterVlan(ref DpdkFrame frame)
    {
        if ((frame.Flags & DpdkFlags.Tagged) != 0) return VlanTag.IdentifierOf(frame.Tag) == vlan;
        var bytes = BytesOf(frame);
        if (!VlanTag.TryRead(bytes, out var tag) || VlanTag.IdentifierOf(tag) != vlan) return false;
        VlanTag.Remove(bytes);
        frame.Offset += Ethernet.VlanTagBytes;
        frame.Length -= Ethernet.VlanTagBytes;
        return true;
    }

    private bool TryPutTagBack(ref DpdkFrame frame)
    {
        if ((frame.Flags & DpdkFlags.Tagged) == 0) return true;
        if (frame.Offset < Ethernet.VlanTagBytes) return false;
        frame.Offset -= Ethernet.VlanTagBytes;
        frame.Length += Ethernet.VlanTagBytes;
        VlanTag.Insert(BytesOf(frame), frame.Tag);
        return true;
    }

    private Span<byte> BytesOf(in DpdkFrame frame) => pool.Buffer(frame.Buffer).Slice(frame.Offset, frame.Length);
}
