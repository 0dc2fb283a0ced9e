using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>Checksums that are known to be unfinished by their number.</summary>
public sealed class PseudoHeaderSumTests
{
    private static readonly TestFrame[] Frames =
    [
        new(), TestFrame.Tcp(TcpFlags.Syn), new() { Payload = [] }, new() { Payload = new byte[1400] }, new() { Padding = 13 },
        new() { VlanTypes = [0x8100] }, new() { Options = new byte[8] },
        new() { Source = "2001:db8::1", Destination = "2001:db8::2" },
        TestFrame.Tcp(TcpFlags.Ack) with { Source = "fe80::1", Destination = "ff02::2", Payload = [1] },
    ];

    [Test]
    public void An_unfinished_checksum_becomes_what_the_long_way_gives([ValueSource(nameof(Frames))] TestFrame description)
    {
        var finished = description.Build();
        var frame = UnfinishedFrame.Of(finished);
        Assert.That(frame, Is.Not.EqualTo(finished));
        Assert.That(PseudoHeaderSum.Finish(frame), Is.True);
        Assert.That(Convert.ToHexString(frame), Is.EqualTo(Convert.ToHexString(finished)));
    }

    [Test]
    public void Every_other_frame_stays_as_it_is()
    {
        foreach (var description in Frames)
        {
            foreach (var variant in new[] { description, description with { NoUdpChecksum = true }, description with { Fragment = 0x2000 } })
            {
                var frame = variant.Build();
                var before = frame.ToArray();
                Assert.That(PseudoHeaderSum.Finish(frame), Is.False);
                Assert.That(frame, Is.EqualTo(before));
            }
        }
    }

    [Test]
    public void A_wrong_checksum_stays_wrong()
    {
        for (var value = 1; value < 0x10000; value += 7)
        {
            var frame = new TestFrame().Build();
            var right = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40));
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(40), (ushort)value);
            if (!PseudoHeaderSum.Finish(frame)) Assert.That(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40)), Is.EqualTo(value));
            else Assert.That(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40)), Is.EqualTo(right));
        }
    }

    [Test]
    public void Noise_is_never_touched_outside_the_frame()
    {
        var random = new Random(1);
        foreach (var description in Frames)
        {
            for (var i = 0; i < 2000; i++)
            {
                var frame = UnfinishedFrame.Of(description.Build());
                frame[random.Next(frame.Length)] = (byte)random.Next(256);
                PseudoHeaderSum.Finish(frame.AsSpan(0, random.Next(frame.Length + 1)));
            }
        }
    }
}
