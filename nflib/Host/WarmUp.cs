using System.Buffers.Binary;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;

namespace Holdfast.NfLib.Host;

/// <summary>
/// Runs an NF's code on scratch memory before its process goes to sleep, because the first batch in a fresh process
/// takes tens of milliseconds to compile, and a takeover can't wait for that.
/// </summary>
internal static class WarmUp
{
    private const int Rounds = 2_000;

    /// <param name="scratch">Another instance of the NF, never the one that will work.</param>
    public static void Run(INetworkFunction scratch)
    {
        using var chain = new InProcessChain([scratch], static (_, _, _) => { });
        var frame = new byte[60];
        var time = 1_000_000_000L;
        for (var round = 0; round < Rounds; round++)
        {
            WriteUdp(frame, (ushort)(1024 + round % 50), fromInside: round % 2 == 0);
            time += 1_000_000;
            chain.Process(round % 2 == 0 ? Direction.LeftToRight : Direction.RightToLeft, frame, time);
        }
    }

    /// <summary>A small UDP datagram between addresses for documentation (RFC 5737), without checksums.</summary>
    private static void WriteUdp(Span<byte> frame, ushort port, bool fromInside)
    {
        frame.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x0800);
        var ip = frame[14..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], 46);
        ip[8] = 64;
        ip[9] = 17;
        uint inside = 0xC000_0201, outside = 0xC633_6401;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], fromInside ? inside : outside);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], fromInside ? outside : inside);
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], fromInside ? port : (ushort)53);
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], fromInside ? (ushort)53 : port);
        BinaryPrimitives.WriteUInt16BigEndian(ip[24..], 26);
    }
}
