using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

/// <summary>Whatever a frame holds and wherever it ends, parsing it neither throws nor points outside it.</summary>
public sealed class ParsingBoundsTests
{
    public static readonly byte[][] Frames =
    [
        new TestFrame().Build(),
        new TestFrame { VlanTypes = [EtherTypes.ServiceVlan, EtherTypes.Vlan], Options = [1, 1, 1, 0] }.Build(),
        TestFrame.Tcp(TcpFlags.Syn).Build(),
        TestFrame.Echo().Build(),
        TestFrame.Echo6().Build(),
        new TestFrame { Fragment = 0x2000 }.Build(),
        new TestFrame { Protocol = 47 }.Build(),
        new TestFrame
        {
            Source = "2001:db8::1",
            Destination = "2001:db8::2",
            Extensions =
            [
                (0, new byte[8]), (43, [0, 2, .. new byte[22]]), (44, [0, 0, 0, 1, 0, 0, 0, 0]), (60, new byte[8]),
            ],
        }.Build(),
        TestFrame.Error(TestFrame.Tcp(TcpFlags.Ack).Build(), "203.0.113.1", "10.0.0.1").Build(),
        TestFrame.Error(TestFrame.Echo6().Build(), "2001:db8::3", "2001:db8::1", type: 1).Build(),
    ];

    [Test]
    public void A_frame_cut_anywhere_is_malformed([ValueSource(nameof(Frames))] byte[] frame)
    {
        Assert.That(PacketHeaders.TryParse(frame, out var whole), $"{whole.Defect}");
        for (var length = 0; length < frame.Length; length++)
        {
            Assert.That(Check(frame.AsSpan(0, length)), Is.False, $"cut at {length}");
        }
    }

    [Test]
    public void Every_byte_may_have_every_value([ValueSource(nameof(Frames))] byte[] frame)
    {
        var changed = frame.ToArray();
        for (var at = 12; at < frame.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                changed[at] = (byte)value;
                Check(changed);
            }

            changed[at] = frame[at];
        }
    }

    [Test]
    public void Random_bytes_behind_each_ethertype()
    {
        var random = new Random(20260731);
        ushort[] types = [EtherTypes.IPv4, EtherTypes.IPv6, EtherTypes.Vlan, EtherTypes.ServiceVlan, EtherTypes.Arp];
        var parsed = 0;
        for (var i = 0; i < 300_000; i++)
        {
            var frame = new byte[random.Next(0, 200)];
            random.NextBytes(frame);
            if (frame.Length >= 14)
            {
                var type = types[random.Next(types.Length)];
                (frame[12], frame[13]) = ((byte)(type >> 8), (byte)type);
            }

            // So that not everything fails at the first nibbles.
            if (frame.Length >= 20 && random.Next(2) == 0)
            {
                frame[14] = frame[12] == 0x08 ? (byte)(0x45 + random.Next(3)) : (byte)0x60;
                (frame[16], frame[18]) = (0, 0);
                frame[17] = (byte)random.Next(frame.Length);
                frame[19] = (byte)random.Next(frame.Length);
            }

            if (Check(frame)) parsed++;
        }

        Assert.That(parsed, Is.GreaterThan(60_000), "too few frames came further than the first checks");
    }

    private static bool Check(ReadOnlySpan<byte> frame)
    {
        var isFine = PacketHeaders.TryParse(frame, out var headers);
        if (!isFine || headers.IpVersion == 0) return isFine;
        CheckOffsets(headers, 0, frame.Length);
        if (headers.IcmpKind == IcmpKind.Error && PacketHeaders.TryParseQuoted(frame, headers, out var quoted))
            CheckOffsets(quoted, headers.TransportOffset + 8, headers.End);
        return true;
    }

    private static void CheckOffsets(in PacketHeaders headers, int start, int end)
    {
        var inOrder = start <= headers.NetworkOffset && headers.NetworkOffset < headers.TransportOffset
                      && headers.TransportOffset <= headers.HeadersEnd && headers.HeadersEnd <= headers.End
                      && headers.End <= end && (!headers.HasPorts || headers.TransportOffset + 8 <= headers.End);
        if (!inOrder) Assert.Fail($"offsets out of order for protocol {headers.Protocol}");
    }
}
