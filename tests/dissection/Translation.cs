using System.Buffers.Binary;

namespace Holdfast.Tests.Dissection;

/// <summary>
/// What a NAT has to do to a frame, at the places where tshark found the fields: one address and port replaced, that of
/// a quoted packet too, and each checksum that covers them kept as right or wrong as it was.
/// </summary>
internal static class Translation
{
    /// <summary>Replaces the source, or with <paramref name="isSource"/> false the destination. A later fragment has
    /// no port.</summary>
    public static byte[] Of(byte[] frame, Headers headers, bool isSource, byte[] address, ushort? port)
    {
        frame = [.. frame];
        if (headers.Quoted is not { } quoted)
        {
            Replace(frame, headers, isSource, address, port);
            return frame;
        }

        Replace(frame, headers, isSource, address, null);
        // The error's checksum covers all of the packet that it quotes, which went the other way.
        var checksum = headers.TransportChecksum!.At;
        var before = Sum(frame, checksum + 2);
        Replace(frame, quoted, !isSource, address, port);
        Adjust(frame, checksum, before - Sum(frame, checksum + 2), zero: 0);
        return frame;
    }

    /// <summary>Whether two frames are the same but for the two representations of zero in a checksum.</summary>
    public static bool Same(byte[] expected, byte[] actual, Headers? headers)
    {
        if (expected.AsSpan().SequenceEqual(actual)) return true;
        if (expected.Length != actual.Length) return false;
        var rest = (byte[])[.. actual];
        for (var h = headers; h is not null; h = h.Quoted)
        {
            foreach (var field in (Field?[])[h.NetworkChecksum, h.TransportChecksum])
            {
                // In UDP they don't mean the same.
                if (field is null || field.Name == "udp.checksum") continue;
                if (Word(expected, field.At) % 0xFFFF == Word(actual, field.At) % 0xFFFF)
                    expected.AsSpan(field.At, 2).CopyTo(rest.AsSpan(field.At));
            }
        }

        return expected.AsSpan().SequenceEqual(rest);
    }

    private static void Replace(byte[] frame, Headers headers, bool isSource, byte[] address, ushort? port)
    {
        var addressAt = (isSource ? headers.Source : headers.Destination)!.At;
        var change = Sum(frame.AsSpan(addressAt, 4)) - Sum(address);
        address.CopyTo(frame, addressAt);
        Adjust(frame, headers.NetworkChecksum!.At, change, zero: 0);
        // ICMP's checksum does not cover the addresses.
        if (headers.Transport == "icmp") change = 0;
        if (port is { } number)
        {
            var portAt = (isSource ? headers.SourcePort : headers.DestinationPort)!.At;
            change += Word(frame, portAt) - number;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(portAt), number);
        }

        // A quotation may end before it; a UDP checksum of zero says that there is none (RFC 768).
        if (headers.TransportChecksum is not { } checksum) return;
        if (headers.Transport != "udp") Adjust(frame, checksum.At, change, zero: 0);
        else if (Word(frame, checksum.At) != 0) Adjust(frame, checksum.At, change, zero: 0xFFFF);
    }

    private static void Adjust(byte[] frame, int at, long change, ushort zero)
    {
        if (change == 0) return;
        var checksum = ((Word(frame, at) + change) % 0xFFFF + 0xFFFF) % 0xFFFF;
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), checksum == 0 ? zero : (ushort)checksum);
    }

    private static long Sum(byte[] frame, int from) => Sum(frame.AsSpan(from));

    private static long Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0L;
        for (var i = 0; i < bytes.Length; i++) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        return sum;
    }

    private static int Word(byte[] frame, int at) => BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(at));
}
