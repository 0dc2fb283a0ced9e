using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

/// <summary>Frames whose TCP or UDP checksum is left to the hardware.</summary>
internal static class UnfinishedFrame
{
    /// <param name="finished">With the right checksum.</param>
    public static byte[] Of(ReadOnlySpan<byte> finished)
    {
        var frame = finished.ToArray();
        Assert.That(PacketHeaders.TryParse(frame, out var headers), Is.True);
        var at = headers.TransportOffset + (headers.Protocol == IpProtocols.Tcp ? 16 : 6);
        // The whole sum is 0xFFFF; without the segment, the pseudo-header's is left.
        var segment = frame[headers.TransportOffset..headers.End];
        var sum = (uint)(ushort)~InternetChecksum.Sum(segment);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), (ushort)sum);
        return frame;
    }
}
