using System.Buffers.Binary;
using Holdfast.NfLib.Headers;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// Frames that never saw a wire, such as those from a veth, carry what their sender's device would have begun its sum
/// with: the sum of the pseudo-header, in the checksum's place. AF_XDP does not say so, but the number does. A finished
/// checksum looks like that once in 65,536; then it is computed again, to the same number.
/// </summary>
internal static class PseudoHeaderSum
{
    private const int TcpChecksumOffset = 16, UdpChecksumOffset = 6, IPv4SourceOffset = 12, IPv6SourceOffset = 8;

    /// <summary>Finishes the frame's TCP or UDP checksum if it is unfinished. Other frames stay as they are.</summary>
    /// <param name="frame">From the Ethernet header on; never touched outside.</param>
    /// <returns>Whether it was.</returns>
    public static bool Finish(Span<byte> frame)
    {
        if (!PacketHeaders.TryParse(frame, out var headers) || headers.IpVersion == 0 || headers.IsFragment) return false;
        if (headers.Protocol is not (IpProtocols.Tcp or IpProtocols.Udp)) return false;
        var addresses = headers.IpVersion == 4
            ? frame.Slice(headers.NetworkOffset + IPv4SourceOffset, 8)
            : frame.Slice(headers.NetworkOffset + IPv6SourceOffset, 32);
        var sum = (uint)InternetChecksum.Sum(addresses) + headers.Protocol + (uint)(headers.End - headers.TransportOffset);
        sum = (sum & 0xFFFF) + (sum >> 16);

        var offset = headers.Protocol == IpProtocols.Tcp ? TcpChecksumOffset : UdpChecksumOffset;
        return BinaryPrimitives.ReadUInt16BigEndian(frame[(headers.TransportOffset + offset)..]) == sum
            && UnfinishedChecksum.TryFinish(frame[..headers.End], headers.TransportOffset, offset);
    }
}
