using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Headers;

public sealed class IPv4TranslationTests
{
    private const uint NewAddress = 0xC0000201;

    private static readonly TestFrame[] Frames =
    [
        new(),
        new() { NoUdpChecksum = true },
        new() { VlanTypes = [EtherTypes.Vlan], Options = [1, 1, 1, 0], Padding = 7 },
        TestFrame.Tcp(TcpFlags.Ack),
        TestFrame.Echo(),
    ];

    [Test]
    public void Rewriting_gives_the_frame_that_had_been_built_so([ValueSource(nameof(Frames))] TestFrame frame,
        [Values(0, 1, 5000, 65535)] int port)
    {
        var source = frame.Build();
        var destination = frame.Build();
        var headers = HeadersOf(source);
        IPv4Translation.RewriteSource(source, headers, NewAddress, (ushort)port);
        IPv4Translation.RewriteDestination(destination, headers, NewAddress, (ushort)port);

        var renumbered = frame with { Identifier = (ushort)port };
        Assert.That(source, Is.EqualTo((renumbered with { Source = "192.0.2.1", SourcePort = (ushort)port }).Build()));
        Assert.That(destination,
            Is.EqualTo((renumbered with { Destination = "192.0.2.1", DestinationPort = (ushort)port }).Build()));
    }

    [Test]
    public void Only_the_announced_bytes_are_needed()
    {
        foreach (var spec in Frames)
        {
            var frame = spec.Build();
            var headers = HeadersOf(frame);
            var announced = headers.HeadersEnd;
            Assert.DoesNotThrow(() => IPv4Translation.RewriteSource(frame.AsSpan(0, announced), headers, 1, 2));
        }
    }

    [Test]
    public void A_computed_zero_in_UDP_is_sent_as_all_ones()
    {
        // The port for which the checksum comes out as zero: the checksum of the same datagram from port 0.
        var frame = new TestFrame { SourcePort = 0 }.Build();
        var port = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40));
        frame = new TestFrame().Build();
        var headers = HeadersOf(frame);
        IPv4Translation.RewriteSource(frame, headers, 0x0A000001, port);
        Assert.That(frame[40..42], Is.EqualTo(new byte[] { 0xFF, 0xFF }));
        Assert.That(LongChecksum.Residuals(frame), Is.EqualTo((0xFFFF, 0xFFFF)));

        IPv4Translation.RewriteSource(frame, headers, 0x0A000001, 1000);
        Assert.That(frame, Is.EqualTo(new TestFrame().Build()), "and back");
    }

    [Test]
    public void A_wrong_checksum_stays_as_wrong_as_it_was([ValueSource(nameof(Frames))] TestFrame spec)
    {
        var frame = spec.Build();
        frame[^1] ^= 0x5A;
        if (spec.Padding > 0) frame[50] ^= 0x5A;
        var headers = HeadersOf(frame);
        var before = LongChecksum.Residuals(frame);
        IPv4Translation.RewriteSource(frame, headers, NewAddress, 4711);
        Assert.That(LongChecksum.Residuals(frame), Is.EqualTo(before));
    }

    [Test]
    public void A_quoted_packet_is_rewritten_under_the_error_checksum(
        [ValueSource(nameof(Frames))] TestFrame spec, [Values(28, 29, 36, 1000)] int quotedBytes)
    {
        if (spec.Options.Length > 0) quotedBytes += 4;
        var frame = TestFrame.Error(spec.Build(), "203.0.113.1", "10.0.0.1", quoted: quotedBytes).Build();
        var error = HeadersOf(frame);
        Assert.That(PacketHeaders.TryParseQuoted(frame, error, out var quoted));
        IPv4Translation.RewriteQuotedSource(frame, error, quoted, NewAddress, 4711);

        var about = (spec with { Source = "192.0.2.1", SourcePort = 4711, Identifier = 4711 }).Build();
        var expected = TestFrame.Error(about, "203.0.113.1", "10.0.0.1", quoted: quotedBytes);
        Assert.That(frame, Is.EqualTo(expected.Build()));
    }

    private static PacketHeaders HeadersOf(byte[] frame)
    {
        Assert.That(PacketHeaders.TryParse(frame, out var headers), $"defect {headers.Defect}");
        return headers;
    }
}
