using System.Buffers.Binary;
using System.Net;

namespace Holdfast.Generator.Capture;

/// <summary>IP addresses as numbers; an IPv4 address is in the lowest 32 bits.</summary>
internal static class IpAddressBits
{
    public static UInt128 Read(ReadOnlySpan<byte> frame, int at, bool isV6) => isV6
        ? BinaryPrimitives.ReadUInt128BigEndian(frame[at..])
        : BinaryPrimitives.ReadUInt32BigEndian(frame[at..]);

    public static UInt128 Of(IPAddress address)
    {
        byte[] bytes = address.GetAddressBytes();
        return Read(bytes, 0, isV6: bytes.Length == 16);
    }
}
