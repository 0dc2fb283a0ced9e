using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;

namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>
/// UDP datagrams of some flows in turn, made once and only stamped for each packet. Written are the first 64 bytes of a buffer;
/// what follows in a longer frame is what lay there, as with a NIC none of it crosses the processor.
/// </summary>
internal sealed class GeneratedFrames
{
    /// <summary>Lengths of frames in bytes, without FCS.</summary>
    public const int LeastBytes = 60, MostBytes = 1514;

    private const int HeaderBytes = 64, StampAt = 42, MagicAt = StampAt + sizeof(long), Magic = 0x484F_4C44;

    // Simple IMIX: 7 of 64, 4 of 594 and 1 of 1,518 bytes on the wire, FCS included; mixed, not in blocks.
    private static readonly ushort[] Mixed = [60, 590, 60, 60, 590, 60, 1514, 60, 590, 60, 60, 590];

    private readonly byte[] _headers;
    private readonly ushort[] _lengths;
    private int _flow, _turn;

    /// <param name="flows">How many five-tuples, 1–65,536.</param>
    /// <param name="frameBytes">Length without FCS, or 0 for a mix.</param>
    /// <param name="fromLeft">Which side they come from; the two sides' flows are each other's way back.</param>
    public GeneratedFrames(int flows, int frameBytes, bool fromLeft)
    {
        _lengths = frameBytes == 0 ? Mixed : [(ushort)frameBytes];
        _headers = new byte[flows * HeaderBytes];
        for (var flow = 0; flow < flows; flow++)
        {
            var (inside, outside) = (0x0AFB_0001u + (uint)flow / 1024, 0xC612_0002u); // 10.251.0.1 and up, 198.18.0.2
            var (insidePort, outsidePort) = ((ushort)(40_000 + flow % 1024), (ushort)7);
            const ulong insideMac = 0x02_00_00_00_00_01, outsideMac = 0x02_00_00_00_00_02;
            var frame = fromLeft
                ? SampleDatagram.Build(insideMac, outsideMac, inside, insidePort, outside, outsidePort)
                : SampleDatagram.Build(outsideMac, insideMac, outside, outsidePort, inside, insidePort);
            frame.CopyTo(_headers, flow * HeaderBytes);
            MemoryMarshal.Write(_headers.AsSpan(flow * HeaderBytes + MagicAt), Magic);
        }
    }

    /// <summary>Writes the next frame into a buffer.</summary>
    public void Write(PacketPool pool, uint buffer, long stamp)
    {
        var length = _lengths[_turn];
        if (++_turn == _lengths.Length) _turn = 0;
        var frame = pool.Buffer(buffer)[PacketPool.HeadRoom..];
        _headers.AsSpan(_flow, HeaderBytes).CopyTo(frame);
        if ((_flow += HeaderBytes) == _headers.Length) _flow = 0;
        MemoryMarshal.Write(frame[StampAt..], stamp);
        pool.Place(buffer, PacketPool.HeadRoom, length);
    }

    /// <summary>The stamp of a frame of either side, if it still has one.</summary>
    public static bool TryReadStamp(ReadOnlySpan<byte> frame, out long stamp)
    {
        stamp = 0;
        if (frame.Length < MagicAt + sizeof(int) || MemoryMarshal.Read<int>(frame[MagicAt..]) != Magic) return false;
        stamp = MemoryMarshal.Read<long>(frame[StampAt..]);
        return true;
    }
}
