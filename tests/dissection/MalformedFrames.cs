using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;

namespace Holdfast.Tests.Dissection;

/// <summary>Frames that are wrong in one place each, made by hand from right ones.</summary>
internal static class MalformedFrames
{
    private const int Network = 14, Transport4 = 34, Transport6 = 54;

    // To the echo port, so that tshark sees nothing malformed in the payload.
    private static readonly TestFrame Udp = new() { DestinationPort = 7 }, Tcp = TestFrame.Tcp(TcpFlags.Syn),
        Echo = TestFrame.Echo(), Udp6 = Udp with { Source = "2001:db8::1", Destination = "2001:db8::2" },
        Extended = Udp6 with { Extensions = [(0, new byte[8]), (60, new byte[8]), (44, [0, 0, 0, 1, 0, 0, 0, 7])] },
        Tagged = Udp with { VlanTypes = [EtherTypes.ServiceVlan, EtherTypes.Vlan], Options = [1, 1, 1, 0] };

    // What the other side sends back to those: where they passed, it belongs to a session.
    private static readonly TestFrame Answer = Back(Udp),
        TcpAnswer = Back(Tcp with { TcpFlags = TcpFlags.Syn | TcpFlags.Ack }), EchoAnswer = Back(TestFrame.Echo(0)),
        Error = About(Udp), TcpError = About(Tcp);

    private static readonly (string Name, TestFrame Frame)[] Bases =
    [
        ("UDP", Udp), ("TCP", Tcp), ("echo", Echo), ("UDP over IPv6", Udp6), ("extended IPv6", Extended),
        ("tagged with options", Tagged), ("answer", Answer), ("TCP answer", TcpAnswer), ("echo answer", EchoAnswer),
        ("error", Error), ("error of TCP", TcpError),
    ];

    /// <summary>Frames with names; right ones stand among them, so that there are sessions for the others.</summary>
    public static Capture Build()
    {
        Tshark.Require();
        List<(string Name, byte[] Frame)> all =
        [
            .. Bases.Select(b => (b.Name, b.Frame.Build())), .. Truncated(), .. Lengths(), .. Options(), .. Checksums(),
            .. Fragments(), .. Extensions(), .. Quotations(), .. Noise(),
        ];
        // No recorder keeps an empty frame.
        all.RemoveAll(frame => frame.Frame.Length == 0);
        var frames = all.ConvertAll(frame => frame.Frame);
        return new Capture(frames, Tshark.Dissect(frames), all.ConvertAll(frame => frame.Name));
    }

    private static TestFrame Back(TestFrame frame) => frame with
    {
        SourceMac = 0x0200_0000_00EE,
        Source = frame.Destination,
        Destination = frame.Source,
        SourcePort = frame.DestinationPort,
        DestinationPort = frame.SourcePort,
    };

    private static TestFrame About(TestFrame frame) =>
        TestFrame.Error(frame.Build(), frame.Destination, frame.Source) with { SourceMac = 0x0200_0000_00EE };

    private static IEnumerable<(string, byte[])> Truncated()
    {
        foreach (var (name, frame) in Bases)
        {
            var whole = frame.Build();
            for (var length = 1; length < whole.Length; length++)
                yield return ($"{name} cut to {length} bytes", whole[..length]);
        }
    }

    /// <summary>Each length field with each value that matters.</summary>
    private static IEnumerable<(string, byte[])> Lengths()
    {
        foreach (var (name, frame) in Bases.Where(b => b.Frame.VlanTypes.Length == 0))
        {
            var isIPv4 = frame.Source.Contains('.', StringComparison.Ordinal);
            var total = frame.Build().Length - Network - (isIPv4 ? 0 : 40);
            foreach (var lie in (int[])[0, 1, 19, 20, 21, 27, 28, total - 1, total + 1, 1500, 0xFFFF])
                yield return ($"{name}, IP length {lie}", Changed(frame, isIPv4 ? 16 : 18, (ushort)lie, isIPv4));
            for (var n = 0; n < 16; n++)
            {
                yield return ($"{name}, IP version {n}", Changed(frame, Network, (ushort)(n << 12 | 0x500), isIPv4));
                if (!isIPv4) continue;
                var words = (ushort)(n << 8 | 0x4000);
                yield return ($"{name}, IP header of {n} words", Changed(frame, Network, words, correct: true));
            }
        }

        foreach (var lie in (ushort[])[0, 1, 7, 8, 9, 12, 14, 1500, 0xFFFF])
        {
            yield return ($"UDP length {lie}", Changed(Udp, Transport4 + 4, lie, false));
            yield return ($"UDP length {lie} over IPv6", Changed(Udp6, Transport6 + 4, lie, false));
        }

        for (var n = 0; n < 16; n++)
            yield return ($"TCP header of {n} words", Changed(Tcp, Transport4 + 12, (ushort)(n << 12 | 2), false));
    }

    private static IEnumerable<(string, byte[])> Options()
    {
        foreach (byte type in (byte[])[7, 68, 130, 131, 137, 148, 255])
        {
            foreach (byte length in (byte[])[0, 1, 2, 3, 9, 40, 255])
            {
                var frame = Udp with { Options = [type, length, 4, 0] };
                yield return ($"IP option {type} of {length} bytes", frame.Build());
            }
        }

        foreach (byte length in (byte[])[0, 1, 3, 5, 255])
        {
            var frame = (Tcp with { Payload = [2, length, 5, 0xB4] }).Build();
            frame[Transport4 + 12] = 0x60;
            yield return ($"TCP option of {length} bytes", frame);
        }
    }

    private static IEnumerable<(string, byte[])> Checksums()
    {
        (string Name, TestFrame Frame, int At)[] fields =
        [
            ("IP of UDP", Udp, Network + 10), ("IP of TCP", Tcp, Network + 10), ("UDP", Udp, Transport4 + 6),
            ("TCP", Tcp, Transport4 + 16), ("ICMP", Echo, Transport4 + 2), ("UDP over IPv6", Udp6, Transport6 + 6),
            ("answer", Answer, Transport4 + 6), ("TCP answer", TcpAnswer, Transport4 + 16),
            ("error", Error, Transport4 + 2), ("IP of error", Error, Network + 10),
        ];
        foreach (var (name, frame, at) in fields)
        {
            foreach (var checksum in (ushort[])[0x0000, 0x0001, 0x1234, 0xFFFE, 0xFFFF])
                yield return ($"checksum {checksum:x4} of {name}", Changed(frame, at, checksum, correct: false));
        }
    }

    private static IEnumerable<(string, byte[])> Fragments()
    {
        foreach (var fragment in (ushort[])[0x2000, 0x2001, 0x0001, 0x0002, 0x1FFF, 0x3FFF, 0x8000, 0xE000])
        {
            yield return ($"UDP fragment {fragment:x4}", (Udp with { Fragment = fragment }).Build());
            yield return ($"TCP fragment {fragment:x4}", (Tcp with { Fragment = fragment }).Build());
            byte[] header = [0, 0, (byte)(fragment >> 8), (byte)fragment, 0, 0, 0, 9];
            yield return ($"IPv6 fragment {fragment:x4}", (Udp6 with { Extensions = [(44, header)] }).Build());
        }

        yield return ("two fragment headers",
            (Udp6 with { Extensions = [(44, [0, 0, 0, 1, 0, 0, 0, 9]), (44, [0, 0, 0, 1, 0, 0, 0, 9])] }).Build());
    }

    private static IEnumerable<(string, byte[])> Extensions()
    {
        for (var count = 7; count < 20; count++)
        {
            var chain = Enumerable.Repeat<(byte, byte[])>((60, new byte[8]), count).ToArray();
            yield return ($"{count} extension headers", (Udp6 with { Extensions = chain }).Build());
        }

        var whole = (Udp6 with { Extensions = [(60, new byte[8]), (60, new byte[8])] }).Build();
        yield return ("a chain that ends in more of it", With(whole, Transport6 + 8, 60));
        yield return ("hop-by-hop behind another", With(whole, Transport6, 0));
        foreach (var length in (byte[])[1, 2, 3, 200, 255])
        {
            yield return ($"extension of {length} units", With(whole, Transport6 + 1, length));
            yield return ($"last extension of {length} units", With(whole, Transport6 + 9, length));
        }

        foreach (var tags in Enumerable.Range(3, 4))
        {
            var types = Enumerable.Repeat(EtherTypes.Vlan, tags).ToArray();
            yield return ($"{tags} VLAN tags", (Udp with { VlanTypes = types }).Build());
        }
    }

    private static IEnumerable<(string, byte[])> Quotations()
    {
        var random = new Random(1);
        byte[] garbage = new byte[60];
        random.NextBytes(garbage);
        byte[][] quotations =
        [
            [], [0x45], garbage, Udp6.Build()[Network..], Error.Build()[Network..],
            Changed(Udp, Network, 0x4400, correct: true)[Network..],
            Changed(Udp, Network, 0x4F00, correct: true)[Network..],
            Changed(Udp, Network + 2, 0, correct: true)[Network..],
            Changed(Udp, Network + 10, 0, correct: false)[Network..],
            Changed(Udp, Transport4 + 4, 3, correct: false)[Network..],
            Changed(Udp, Transport4 + 6, 0, correct: false)[Network..],
            Changed(Udp, Transport4 + 6, 0x1234, correct: false)[Network..],
        ];
        foreach (var (i, quotation) in quotations.Index())
        {
            foreach (byte type in (byte[])[3, 4, 5, 11, 12])
            {
                var error = Error with { IcmpType = type, Payload = quotation };
                yield return ($"ICMP {type} with quotation {i}", error.Build());
            }

            foreach (byte type in (byte[])[1, 2, 3, 4])
            {
                var error = Udp6 with { Protocol = IpProtocols.Icmp6, IcmpType = type, Payload = quotation };
                yield return ($"ICMPv6 {type} with quotation {i}", error.Build());
            }
        }
    }

    private static IEnumerable<(string, byte[])> Noise()
    {
        var random = new Random(2);
        for (var i = 0; i < 200; i++)
        {
            var frame = Bases[i % Bases.Length].Frame.Build();
            for (var damages = random.Next(1, 5); damages > 0; damages--)
                frame[random.Next(12, frame.Length)] = (byte)random.Next(256);
            yield return ($"damaged frame {i}", frame);
        }
    }

    /// <summary>The frame with another 16-bit word in it, and if so wanted with an IPv4 header checksum that is right
    /// for it, so that only the word is wrong.</summary>
    private static byte[] Changed(TestFrame original, int at, ushort value, bool correct)
    {
        var frame = original.Build();
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), value);
        var header = Math.Min((frame[Network] & 15) * 4, frame.Length - Network);
        if (!correct || header < 12) return frame;
        frame[Network + 10] = frame[Network + 11] = 0;
        LongChecksum.Of(frame.AsSpan(Network, header)).CopyTo(frame, Network + 10);
        return frame;
    }

    private static byte[] With(byte[] frame, int at, byte value)
    {
        frame = [.. frame];
        frame[at] = value;
        return frame;
    }
}
