using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>Finishes a checksum that its sender left to the hardware, as the kernel does where hardware can't
/// (skb_checksum_help, skb_crc32c_csum_help).</summary>
internal static class UnfinishedChecksum
{
    /// <summary>Of all protocols only SCTP has its checksum here, and that is a CRC-32C (RFC 9260).</summary>
    private const int SctpOffset = 8;

    /// <param name="frame">The frame.</param>
    /// <param name="start">From here to the end it counts.</param>
    /// <param name="offset">Where it lies, from <paramref name="start"/> on; it holds the pseudo header's sum.</param>
    /// <returns>Whether it lies within the frame.</returns>
    public static bool TryFinish(Span<byte> frame, int start, int offset)
    {
        var bytes = offset == SctpOffset ? sizeof(uint) : sizeof(ushort);
        if (start < 0 || offset < 0 || start > frame.Length || offset > frame.Length - start - bytes) return false;
        var counted = frame[start..];
        if (offset == SctpOffset)
        {
            counted.Slice(SctpOffset, sizeof(uint)).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(counted[SctpOffset..], Crc32C.Of(counted));
            return true;
        }

        var sum = (ushort)~InternetChecksum.Sum(counted);
        // To UDP zero means "none"; the other form of zero is right for all.
        BinaryPrimitives.WriteUInt16BigEndian(counted[offset..], sum == 0 ? (ushort)0xFFFF : sum);
        return true;
    }
}
