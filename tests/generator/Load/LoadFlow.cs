using Holdfast.Generator.Traffic;

namespace Holdfast.Generator.Load;

/// <summary>One flow of the measurement load: its frame is made once, and only stamped for each packet.</summary>
internal sealed class LoadFlow
{
    private readonly byte[] _frame;
    private readonly ulong _sum;
    private uint _sequence;

    /// <param name="index">Which flow it is, from 0.</param>
    /// <param name="frameBytes">Length of its frames.</param>
    public LoadFlow(int index, int frameBytes)
    {
        Index = (ushort)index;
        _frame = new byte[frameBytes];
        var inside = new Endpoint(0x0AFB_0001 + (uint)(index / 16), (ushort)(40_000 + index)); // 10.251.0.1 and up
        var peer = new Endpoint(0xC612_0002, 7); // 198.18.0.2, echo
        UdpFrame.Write(_frame, fromLeft: true, inside, peer, default);
        _frame.AsSpan(UdpFrame.UdpChecksumAt, 2).Clear();
        _sum = UdpFrame.UdpSum(_frame);
    }

    private ushort Index { get; }

    /// <summary>Writes the next question; every second one is to be answered.</summary>
    public void Stamp(Span<byte> frame, long now)
    {
        var payload = new Payload
        {
            Sent = now,
            Sequence = _sequence++,
            Flow = Index,
            Kind = _sequence % 2 == 0 ? PayloadKind.QuestionToAnswer : PayloadKind.Question,
            Magic = Payload.ExpectedMagic,
        };
        _frame.CopyTo(frame);
        var at = frame.Slice(UdpFrame.PayloadAt, System.Runtime.CompilerServices.Unsafe.SizeOf<Payload>());
        System.Runtime.InteropServices.MemoryMarshal.Write(at, payload);
        UdpFrame.WriteChecksum(frame, _sum + InternetChecksum.Sum(at));
    }
}
