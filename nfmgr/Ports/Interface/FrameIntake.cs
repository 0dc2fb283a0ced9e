using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>Copies a received frame as it would be on a wire: with its VLAN tag and a finished checksum.</summary>
internal static class FrameIntake
{
    private const int AddressBytes = 12;

    /// <param name="frame">What the kernel handed over.</param>
    /// <param name="target">Where it goes; longer ones are refused.</param>
    /// <param name="length">Its length there.</param>
    /// <returns>Why it is refused, or <see cref="Refusal.None"/>.</returns>
    public static Refusal Take(in RingFrame frame, Span<byte> target, out int length)
    {
        var bytes = frame.Bytes;
        var tagBytes = frame.HasTag ? Ethernet.VlanTagBytes : 0;
        length = bytes.Length + tagBytes;
        if (frame.Offload.Segmentation != 0) return Refusal.Giant;
        if (frame.WireLength > (uint)bytes.Length || length > target.Length) return Refusal.TooLong;
        if (bytes.Length < Ethernet.HeaderBytes) return Refusal.Malformed;
        if (frame.HasTag)
        {
            bytes[..AddressBytes].CopyTo(target);
            BinaryPrimitives.WriteUInt16BigEndian(target[AddressBytes..], frame.TagProtocol);
            BinaryPrimitives.WriteUInt16BigEndian(target[(AddressBytes + 2)..], frame.Tag);
            bytes[AddressBytes..].CopyTo(target[(AddressBytes + Ethernet.VlanTagBytes)..]);
        }
        else
        {
            bytes.CopyTo(target);
        }

        if ((frame.Offload.Flags & OffloadHeader.NeedsChecksum) == 0) return Refusal.None;
        // The kernel counts from the frame that it has, without the tag.
        return UnfinishedChecksum.TryFinish(target[..length], frame.Offload.ChecksumStart + tagBytes, frame.Offload.ChecksumOffset)
            ? Refusal.None : Refusal.Malformed;
    }
}
