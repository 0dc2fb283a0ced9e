using Holdfast.Generator.Capture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

/// <summary>Rewritten frames have right checksums, by full computation; and no frame harms the parser.</summary>
public sealed class FrameRewriteTests
{
    [Test]
    public void Every_frame_keeps_right_checksums_whatever_is_written()
    {
        var random = new Random(1);
        int rewritten = 0;
        foreach (byte[] original in MixedCapture.Frames())
        {
            if (!FrameLayout.TryParse(original, out var layout)) continue;
            foreach (bool fromClient in new[] { true, false })
            {
                for (int i = 0; i < 50; i++, rewritten++)
                {
                    byte[] frame = [.. original];
                    var address = Any(random, layout.Outer.IsV6);
                    ushort port = (ushort)random.Next(65_536);

                    FrameRewrite.Client(frame, layout, fromClient, address, port);

                    var key = FlowKey.Of(frame, layout, fromClient);
                    Assert.That((key.Client, key.ClientPort), Is.EqualTo((address, port)));
                    Assert.That(ToyPacket.Of(frame)!.WrongChecksums(), Is.Empty);
                }
            }
        }

        Assert.That(rewritten, Is.GreaterThan(10_000));
    }

    [Test]
    public void All_ports_of_a_datagram_give_right_checksums_and_never_none()
    {
        byte[] original = MixedCapture.Frames().First(f => ToyPacket.Of(f) is { IsV6: false, Protocol: 17 });
        Assert.That(FrameLayout.TryParse(original, out var layout), Is.True);
        int allOnes = 0;
        for (int port = 0; port < 65_536; port++)
        {
            byte[] frame = [.. original];
            FrameRewrite.Client(frame, layout, true, 0x0a100002, (ushort)port);

            var checksum = frame.AsSpan(layout.Outer.TransportChecksum, 2);
            Assert.That(checksum.IndexOfAnyExcept((byte)0), Is.GreaterThanOrEqualTo(0));
            if (checksum.IndexOfAnyExcept((byte)0xff) < 0) allOnes++;
            if (ToyPacket.Of(frame)!.WrongChecksums() is { Length: > 0 } wrong) Assert.Fail($"port {port}:{wrong}");
        }

        Assert.That(allOnes, Is.Positive);
    }

    [Test]
    public void A_datagram_without_checksum_stays_without()
    {
        byte[] frame = MixedCapture.Frames().First(f => ToyPacket.Of(f) is { IsV6: false, Protocol: 17 });
        frame.AsSpan(40, 2).Clear();
        Assert.That(FrameLayout.TryParse(frame, out var layout), Is.True);

        FrameRewrite.Client(frame, layout, true, 0x0a100002, 1);

        Assert.That(frame[40..42], Is.EqualTo(new byte[2]));
        Assert.That(ToyPacket.Of(frame)!.WrongChecksums(), Is.Empty);
    }

    [Test]
    public void The_examples_of_RFC_1624_come_out()
    {
        Assert.That(FrameRewrite.Updated(0xdd2f, 0x5555, 0x3285), Is.Zero);
        Assert.That(FrameRewrite.Updated(0x1234, 0x5555, 0x5555), Is.EqualTo(0x1234));
    }

    [Test]
    public void Cut_and_garbled_frames_harm_neither_parser_nor_rewriter()
    {
        var random = new Random(2);
        foreach (byte[] original in MixedCapture.Frames())
        {
            int headers = Math.Min(original.Length, 120);
            for (int length = 0; length <= headers; length++) ParseAndRewrite(original[..length]);
            for (int i = 0; i < 300; i++)
            {
                byte[] frame = [.. original];
                for (int j = random.Next(1, 4); j > 0; j--) frame[random.Next(12, headers)] = (byte)random.Next(256);
                ParseAndRewrite(frame);
            }
        }
    }

    private static void ParseAndRewrite(byte[] frame)
    {
        if (!FrameLayout.TryParse(frame, out var layout)) return;
        FrameRewrite.Client(frame, layout, true, 1, 2);
        FrameRewrite.Client(frame, layout, false, 3, 4);
    }

    private static UInt128 Any(Random random, bool isV6) => isV6
        ? new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64())
        : (uint)random.NextInt64(uint.MaxValue);
}
