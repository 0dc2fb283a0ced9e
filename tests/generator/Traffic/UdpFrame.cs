using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Generator.Traffic;

/// <summary>An IPv4 address (host byte order) and a port.</summary>
internal readonly record struct Endpoint(uint Address, ushort Port);

internal enum PayloadKind : byte
{
    Question = 1,

    /// <summary>A question that the far end answers as soon as it came out.</summary>
    QuestionToAnswer = 2,

    Answer = 3,
}

/// <summary>The first bytes behind the UDP header of every generated frame.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Payload
{
    public const byte ExpectedMagic = 0x48;

    /// <summary>When it was sent, by <see cref="Time.Now"/>.</summary>
    public long Sent;

    public uint Sequence;
    public ushort Flow;
    public PayloadKind Kind;
    public byte Magic;
}

/// <summary>Ethernet, IPv4 without options, UDP, and our payload: how generated frames are written and read.</summary>
internal static class UdpFrame
{
    public const int PayloadAt = 42, MinBytes = PayloadAt + 16 + 2, MaxBytes = 1514;
    public const int SourceAt = 26, UdpAt = 34, UdpChecksumAt = 40;

    private const int MacBytes = 12, IpAt = 14, IpBytes = 20, Udp = 17;

    /// <summary>Fills the whole span with a frame; the rest of the payload is zero.</summary>
    public static void Write(Span<byte> frame, bool fromLeft, Endpoint from, Endpoint to, in Payload payload)
    {
        frame.Clear();
        // Locally administered addresses, the inside's last byte is 1 and the outside's 2.
        frame[0] = frame[6] = 0x02;
        frame[5] = (byte)(fromLeft ? 2 : 1);
        frame[11] = (byte)(fromLeft ? 1 : 2);
        frame[12] = 0x08;
        var ip = frame[IpAt..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        ip[6] = 0x40; // don't fragment
        ip[8] = 64;
        ip[9] = Udp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], from.Address);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], to.Address);
        MemoryMarshal.Write(ip[10..], (ushort)~InternetChecksum.Fold(InternetChecksum.Sum(ip[..IpBytes])));
        var udp = frame[UdpAt..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        MemoryMarshal.Write(frame[PayloadAt..], payload);
        WriteChecksum(frame, UdpSum(frame));
    }

    /// <summary>Reads a frame that may be one of ours; false when it is not.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out Endpoint from, out Endpoint to, out Payload payload)
    {
        (from, to, payload) = (default, default, default);
        if (frame.Length < MinBytes || frame[12] != 0x08 || frame[13] != 0 || frame[IpAt] != 0x45
            || frame[IpAt + 9] != Udp)
            return false;
        payload = MemoryMarshal.Read<Payload>(frame[PayloadAt..]);
        if (payload.Magic != Payload.ExpectedMagic) return false;
        from = new Endpoint(BinaryPrimitives.ReadUInt32BigEndian(frame[SourceAt..]),
            BinaryPrimitives.ReadUInt16BigEndian(frame[UdpAt..]));
        to = new Endpoint(BinaryPrimitives.ReadUInt32BigEndian(frame[(SourceAt + 4)..]),
            BinaryPrimitives.ReadUInt16BigEndian(frame[(UdpAt + 2)..]));
        return true;
    }

    /// <summary>Whether both checksums of a frame that <see cref="TryRead"/> understands are right.</summary>
    public static bool ChecksumsHold(ReadOnlySpan<byte> frame) =>
        InternetChecksum.Fold(InternetChecksum.Sum(frame.Slice(IpAt, IpBytes))) == 0xFFFF
        && InternetChecksum.Fold(UdpSum(frame)) == 0xFFFF;

    /// <summary>Makes an answer out of a question that came out: the other way, with another payload.</summary>
    public static void TurnAround(Span<byte> frame, in Payload answer)
    {
        Swap(frame, 0, MacBytes / 2);
        Swap(frame, SourceAt, 4);
        Swap(frame, UdpAt, 2);
        // Swapping words leaves the sum as it is; only the payload's share changes.
        var payload = frame.Slice(PayloadAt, Unsafe.SizeOf<Payload>());
        var sum = InternetChecksum.Sum(frame.Slice(UdpChecksumAt, 2)) ^ 0xFFFF;
        sum += (ulong)(ushort)~InternetChecksum.Fold(InternetChecksum.Sum(payload));
        MemoryMarshal.Write(payload, answer);
        WriteChecksum(frame, sum + InternetChecksum.Sum(payload));
    }

    /// <summary>The sum over the pseudo header, the UDP header and the payload.</summary>
    public static ulong UdpSum(ReadOnlySpan<byte> frame) =>
        InternetChecksum.Sum(frame[SourceAt..]) + InternetChecksum.Word(Udp)
        + InternetChecksum.Word(frame.Length - UdpAt);

    public static void WriteChecksum(Span<byte> frame, ulong sum)
    {
        var checksum = (ushort)~InternetChecksum.Fold(sum);
        // Zero would mean that there is none.
        MemoryMarshal.Write(frame[UdpChecksumAt..], checksum == 0 ? (ushort)0xFFFF : checksum);
    }

    private static void Swap(Span<byte> frame, int at, int bytes)
    {
        for (var i = at; i < at + bytes; i++) (frame[i], frame[i + bytes]) = (frame[i + bytes], frame[i]);
    }
}
