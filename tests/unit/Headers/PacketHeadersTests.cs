using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

public sealed class PacketHeadersTests
{
    private static readonly byte[] Router = [0, 0, 0x05, 0x02, 0, 0, 1, 0];

    private static readonly ushort[][] VlanStacks =
        [[], [EtherTypes.Vlan], [EtherTypes.ServiceVlan, EtherTypes.Vlan]];

    [TestCaseSource(nameof(VlanStacks))]
    public void Reads_IPv4_behind_vlan_tags(ushort[] tags)
    {
        var headers = Parsed(TestFrame.Tcp(TcpFlags.Syn | TcpFlags.Ack) with { VlanTypes = tags });
        Assert.Multiple(() =>
        {
            Assert.That(headers.IpVersion, Is.EqualTo(4));
            Assert.That(headers.NetworkOffset, Is.EqualTo(14 + 4 * tags.Length));
            Assert.That(headers.TransportOffset, Is.EqualTo(34 + 4 * tags.Length));
            Assert.That(headers.End, Is.EqualTo(59 + 4 * tags.Length));
            Assert.That(headers.Source, Is.EqualTo((UInt128)0x0A000001));
            Assert.That(headers.Destination, Is.EqualTo((UInt128)0xC6336407));
            Assert.That(headers.Protocol, Is.EqualTo(IpProtocols.Tcp));
            Assert.That((headers.SourcePort, headers.DestinationPort), Is.EqualTo((1000, 53)));
            Assert.That(headers.TcpFlags, Is.EqualTo(TcpFlags.Syn | TcpFlags.Ack));
            Assert.That(headers.HasPorts);
            Assert.That(headers.IsFragment, Is.False);
        });
    }

    [Test]
    public void A_third_vlan_tag_is_malformed() => Assert.That(
        DefectOf(new TestFrame { VlanTypes = [EtherTypes.ServiceVlan, EtherTypes.Vlan, EtherTypes.Vlan] }.Build()),
        Is.EqualTo(HeaderDefect.TooManyVlanTags));

    [Test]
    public void What_is_not_IP_is_fine_and_has_no_version()
    {
        var arp = new TestFrame().Build();
        (arp[12], arp[13]) = (0x08, 0x06);
        Assert.That(PacketHeaders.TryParse(arp, out var headers));
        Assert.That(headers.IpVersion, Is.Zero);
        Assert.That(MacAddress.SourceOf(arp), Is.EqualTo(0x0200_0000_0001));
    }

    [Test]
    public void Steps_over_IPv4_options()
    {
        var headers = Parsed(new TestFrame { Options = [7, 7, 4, 0, 0, 0, 0, 0] });
        Assert.That(headers.TransportOffset, Is.EqualTo(42));
        Assert.That(headers.DestinationPort, Is.EqualTo(53));
    }

    [Test]
    public void Padding_behind_the_packet_is_not_part_of_it()
    {
        var headers = Parsed(new TestFrame { Payload = [], Padding = 18 });
        Assert.That(headers.End, Is.EqualTo(42));
    }

    [Test]
    public void Walks_IPv6_extension_headers()
    {
        var headers = Parsed(V6(
            (0, Router), (60, new byte[8]), (43, [0, 1, .. new byte[14]]), (44, new byte[8]), (60, new byte[8])));
        Assert.Multiple(() =>
        {
            Assert.That(headers.IpVersion, Is.EqualTo(6));
            Assert.That(headers.Source >> 96, Is.EqualTo((UInt128)0x20010db8));
            Assert.That(headers.TransportOffset, Is.EqualTo(14 + 40 + 48));
            Assert.That(headers.DestinationPort, Is.EqualTo(53));
            Assert.That(headers.IsFragment, Is.False, "RFC 6946: a fragment header around a whole packet");
        });
    }

    [Test]
    public void The_walk_over_IPv6_extension_headers_ends()
    {
        var options = Enumerable.Repeat<(byte, byte[])>((60, new byte[8]), 9).ToArray();
        Assert.That(DefectOf(V6(options[1..]).Build()), Is.EqualTo(HeaderDefect.None));
        Assert.That(DefectOf(V6(options).Build()), Is.EqualTo(HeaderDefect.TooManyExtensions));
    }

    [Test]
    public void IPv6_extensions_in_impossible_places_are_malformed()
    {
        Assert.That(DefectOf(V6((60, new byte[8]), (0, Router)).Build()), Is.EqualTo(HeaderDefect.MisplacedExtension));
        Assert.That(DefectOf(V6((44, new byte[8]), (44, new byte[8])).Build()),
            Is.EqualTo(HeaderDefect.MisplacedExtension));
        Assert.That(DefectOf(V6((60, [0, 200, 0, 0, 0, 0, 0, 0])).Build()),
            Is.EqualTo(HeaderDefect.TruncatedExtension));
    }

    [TestCase(0x4000, false, 0, true, Description = "don't fragment")]
    [TestCase(0x2000, true, 0, true, Description = "first")]
    [TestCase(0x2001, true, 8, false, Description = "middle")]
    [TestCase(0x1FFF, true, 65528, false, Description = "last")]
    public void Knows_IPv4_fragments(int field, bool isFragment, int offset, bool hasPorts)
    {
        var headers = Parsed(new TestFrame { Fragment = (ushort)field });
        Assert.That((headers.IsFragment, (int)headers.FragmentOffset, headers.HasPorts),
            Is.EqualTo((isFragment, offset, hasPorts)));
    }

    [TestCase(1, 0, true)]
    [TestCase(9, 8, false)]
    [TestCase(8, 8, false)]
    public void Knows_IPv6_fragments(byte field, int offset, bool hasPorts)
    {
        var headers = Parsed(V6((44, [0, 0, 0, field, 1, 2, 3, 4])));
        Assert.That((headers.IsFragment, (int)headers.FragmentOffset, headers.HasPorts),
            Is.EqualTo((true, offset, hasPorts)));
        Assert.That(headers.Protocol, Is.EqualTo(IpProtocols.Udp));
    }

    [Test]
    public void A_transport_header_split_over_fragments_is_malformed()
    {
        var split = TestFrame.Tcp(TcpFlags.Syn) with { Fragment = 0x2000, Payload = [] };
        Assert.That(DefectOf(Cut(split.Build(), 12)), Is.EqualTo(HeaderDefect.TruncatedTransport));

        var options = split.Build();
        options[46] = 0x60; // a header of 24 bytes, of which 20 are here
        Assert.That(DefectOf(options), Is.EqualTo(HeaderDefect.TruncatedTransport));
    }

    [Test]
    public void A_first_fragment_ends_before_its_datagram_does()
    {
        var first = new TestFrame { Fragment = 0x2000 }.Build();
        first[39] = 100; // the UDP length
        Assert.That(DefectOf(first), Is.EqualTo(HeaderDefect.None));
        first[20] = 0; // the same without "more fragments"
        Assert.That(DefectOf(first), Is.EqualTo(HeaderDefect.BadTransportLength));
    }

    [TestCase(14, 0x55, HeaderDefect.WrongIpVersion)]
    [TestCase(14, 0x44, HeaderDefect.BadIpHeaderLength)]
    [TestCase(14, 0x4F, HeaderDefect.TruncatedIpHeader)]
    [TestCase(17, 19, HeaderDefect.BadIpLength)]
    [TestCase(17, 34, HeaderDefect.BadIpLength, Description = "one byte more than the frame holds")]
    [TestCase(17, 27, HeaderDefect.TruncatedTransport)]
    [TestCase(39, 7, HeaderDefect.BadTransportLength)]
    [TestCase(39, 14, HeaderDefect.BadTransportLength)]
    public void Contradictions_in_IPv4_are_malformed(int at, byte value, HeaderDefect expected)
    {
        var frame = new TestFrame().Build(); // 20 + 8 + 5 bytes of IP
        frame[at] = value;
        Assert.That(DefectOf(frame), Is.EqualTo(expected));
    }

    [TestCase(14, 0x40, HeaderDefect.WrongIpVersion)]
    [TestCase(19, 14, HeaderDefect.BadIpLength)]
    [TestCase(19, 0, HeaderDefect.TruncatedTransport, Description = "a jumbogram can't be here")]
    public void Contradictions_in_IPv6_are_malformed(int at, byte value, HeaderDefect expected)
    {
        var frame = V6().Build(); // a payload of 8 + 5 bytes
        frame[at] = value;
        Assert.That(DefectOf(frame), Is.EqualTo(expected));
    }

    [TestCase(0x4F, HeaderDefect.BadTransportLength)]
    [TestCase(0x70, HeaderDefect.TruncatedTransport)]
    public void A_wrong_TCP_data_offset_is_malformed(byte value, HeaderDefect expected)
    {
        var frame = TestFrame.Tcp(TcpFlags.Ack).Build();
        frame[46] = value;
        Assert.That(DefectOf(frame), Is.EqualTo(expected));
    }

    [TestCase(8, IcmpKind.Request, true)]
    [TestCase(14, IcmpKind.Reply, true)]
    [TestCase(3, IcmpKind.Error, false)]
    [TestCase(4, IcmpKind.Other, false)]
    [TestCase(5, IcmpKind.Other, false)]
    public void Tells_ICMP_messages_apart(byte type, IcmpKind kind, bool hasPorts)
    {
        var headers = Parsed(TestFrame.Echo(type));
        Assert.That((headers.IcmpKind, headers.HasPorts), Is.EqualTo((kind, hasPorts)));
        Assert.That((headers.SourcePort, headers.DestinationPort), Is.EqualTo(hasPorts ? (77, 77) : (0, 0)));
    }

    [TestCase(128, IcmpKind.Request)]
    [TestCase(129, IcmpKind.Reply)]
    [TestCase(2, IcmpKind.Error)]
    [TestCase(135, IcmpKind.NeighbourDiscovery)]
    [TestCase(143, IcmpKind.Other)]
    public void Tells_ICMPv6_messages_apart(byte type, IcmpKind kind) =>
        Assert.That(Parsed(TestFrame.Echo6(type)).IcmpKind, Is.EqualTo(kind));

    [Test]
    public void ICMP_of_the_other_IP_version_is_just_a_protocol()
    {
        Assert.That(Parsed(TestFrame.Echo() with { Protocol = IpProtocols.Icmp6 }).IcmpKind, Is.EqualTo(IcmpKind.None));
        Assert.That(Parsed(TestFrame.Echo6() with { Protocol = IpProtocols.Icmp }).IcmpKind, Is.EqualTo(IcmpKind.None));
    }

    [TestCase(28, HeaderDefect.None)]
    [TestCase(27, HeaderDefect.TruncatedTransport)]
    [TestCase(19, HeaderDefect.TruncatedIpHeader)]
    public void An_error_quotes_8_bytes_of_transport_header_at_least(int quotedBytes, HeaderDefect expected)
    {
        var about = TestFrame.Tcp(TcpFlags.Ack).Build();
        var frame = TestFrame.Error(about, "203.0.113.1", "10.0.0.1", quoted: quotedBytes).Build();
        Assert.That(PacketHeaders.TryParse(frame, out var error));
        Assert.That(error.IcmpKind, Is.EqualTo(IcmpKind.Error));
        Assert.That(PacketHeaders.TryParseQuoted(frame, error, out var quoted),
            Is.EqualTo(expected == HeaderDefect.None));
        Assert.That(quoted.Defect, Is.EqualTo(expected));
        if (expected != HeaderDefect.None) return;
        Assert.That((quoted.SourcePort, quoted.DestinationPort), Is.EqualTo((1000, 53)));
        Assert.That((quoted.NetworkOffset, quoted.TransportOffset, quoted.End), Is.EqualTo((42, 62, 70)));
    }

    private static TestFrame V6(params (byte, byte[])[] extensions) =>
        new() { Source = "2001:db8::1", Destination = "2001:db8:0:1::2", Extensions = extensions };

    private static PacketHeaders Parsed(TestFrame frame)
    {
        Assert.That(PacketHeaders.TryParse(frame.Build(), out var headers), $"defect {headers.Defect}");
        return headers;
    }

    private static HeaderDefect DefectOf(byte[] frame)
    {
        var isFine = PacketHeaders.TryParse(frame, out var headers);
        Assert.That(isFine, Is.EqualTo(headers.Defect == HeaderDefect.None));
        return headers.Defect;
    }

    /// <summary>Leaves so many bytes of transport header and corrects the IPv4 length.</summary>
    private static byte[] Cut(byte[] frame, byte transportBytes)
    {
        frame[17] = (byte)(20 + transportBytes);
        return frame[..(34 + transportBytes)];
    }
}
