using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Interface;

/// <summary>What becomes of a frame between the kernel's ring and a packet buffer.</summary>
public sealed class FrameIntakeTests
{
    private readonly byte[] _target = new byte[PacketPool.MaxFrameBytes];

    [Test]
    public void A_plain_frame_is_copied()
    {
        var frame = new TestFrame().Build();
        Assert.That(Take(frame, out var length), Is.EqualTo(Refusal.None));
        Assert.That(_target[..length], Is.EqualTo(frame));
    }

    [TestCase(14, ExpectedResult = Refusal.None)]
    [TestCase(13, ExpectedResult = Refusal.Malformed)]
    [TestCase(0, ExpectedResult = Refusal.Malformed)]
    [TestCase(PacketPool.MaxFrameBytes, ExpectedResult = Refusal.None)]
    [TestCase(PacketPool.MaxFrameBytes + 1, ExpectedResult = Refusal.TooLong)]
    public Refusal A_frame_has_a_header_and_fits(int length) => Take(new byte[length], out _);

    [TestCase(PacketPool.MaxFrameBytes - 4, ExpectedResult = Refusal.None)]
    [TestCase(PacketPool.MaxFrameBytes - 3, ExpectedResult = Refusal.TooLong)]
    public Refusal A_tag_must_fit_too(int length) =>
        FrameIntake.Take(new RingFrame(new byte[length]) { WireLength = (uint)length, HasTag = true }, _target, out _);

    [Test]
    public void A_frame_that_the_ring_has_cut_is_refused() =>
        Assert.That(FrameIntake.Take(new RingFrame(new byte[100]) { WireLength = 101 }, _target, out _), Is.EqualTo(Refusal.TooLong));

    [TestCase(1, Description = "TCP over IPv4")]
    [TestCase(4, Description = "TCP over IPv6")]
    [TestCase(5, Description = "UDP")]
    [TestCase(0x81, Description = "TCP with ECN")]
    public void Several_segments_in_one_frame_are_refused(byte kind) =>
        Assert.That(Take(new TestFrame().Build(), out _, new OffloadHeader { Segmentation = kind }), Is.EqualTo(Refusal.Giant));

    [Test]
    public void The_tag_goes_behind_the_addresses()
    {
        var tagged = new TestFrame { VlanTypes = [0x88a8, 0x8100] }.Build();
        byte[] untagged = [.. tagged[..12], .. tagged[16..]];
        var frame = new RingFrame(untagged) { WireLength = (uint)untagged.Length, HasTag = true, Tag = 0x002A, TagProtocol = 0x88a8 };
        Assert.That(FrameIntake.Take(frame, _target, out var length), Is.EqualTo(Refusal.None));
        Assert.That(_target[..length], Is.EqualTo(tagged));
    }

    [TestCase(IpProtocols.Tcp, 16, 0)]
    [TestCase(IpProtocols.Tcp, 16, 1)]
    [TestCase(IpProtocols.Udp, 6, 0)]
    [TestCase(IpProtocols.Udp, 6, 7)]
    public void A_checksum_is_finished(byte protocol, int offset, int odd)
    {
        var finished = new TestFrame { Protocol = protocol, Payload = new byte[100 + odd] }.Build();
        Assert.That(Take(Unfinished(finished, protocol, offset), out var length, Offload(34, offset)), Is.EqualTo(Refusal.None));
        Assert.That(_target[..length], Is.EqualTo(finished));
    }

    [Test]
    public void A_UDP_checksum_of_zero_is_written_as_ones()
    {
        // The payload is chosen such that everything sums up to all ones.
        var frame = new TestFrame { Payload = [0, 0] }.Build();
        var rest = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(40));
        frame = new TestFrame { Payload = [(byte)(rest >> 8), (byte)rest] }.Build();
        Assert.That(Take(Unfinished(frame, IpProtocols.Udp, 6), out _, Offload(34, 6)), Is.EqualTo(Refusal.None));
        Assert.That(BinaryPrimitives.ReadUInt16BigEndian(_target.AsSpan(40)), Is.EqualTo(0xFFFF));
    }

    // "123456789" has the CRC-32C e3069283 (RFC 3720's appendix has more); here the field itself counts as zeroes.
    [Test]
    public void An_SCTP_checksum_is_a_CRC()
    {
        byte[] frame = [.. new byte[34], .. "12345678"u8, 0xAA, 0xAA, 0xAA, 0xAA, (byte)'9'];
        Assert.That(UnfinishedChecksum.TryFinish(frame, 34, 8), Is.True);
        var expected = Reference([.. "12345678"u8, 0, 0, 0, 0, (byte)'9']);
        Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(frame.AsSpan(42)), Is.EqualTo(expected));
        Assert.That(Reference("123456789"u8), Is.EqualTo(0xe3069283));

        // Bit by bit, by the definition.
        static uint Reference(ReadOnlySpan<byte> bytes)
        {
            var crc = uint.MaxValue;
            foreach (var one in bytes)
            {
                crc ^= one;
                for (var bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
            }

            return ~crc;
        }
    }

    [TestCase(34, 6, 42, ExpectedResult = true)]
    [TestCase(34, 6, 41, ExpectedResult = false)]
    [TestCase(34, 8, 46, ExpectedResult = true)]
    [TestCase(34, 8, 45, ExpectedResult = false)]
    [TestCase(43, 0, 42, ExpectedResult = false)]
    [TestCase(0, 65535, 100, ExpectedResult = false)]
    [TestCase(65535, 65535, 100, ExpectedResult = false)]
    [TestCase(65539, 6, 100, ExpectedResult = false)]
    [TestCase(-1, 6, 100, ExpectedResult = false)]
    [TestCase(34, -6, 100, ExpectedResult = false)]
    public bool A_checksum_lies_within_its_frame(int start, int offset, int length)
    {
        var memory = Enumerable.Repeat((byte)0x55, 256).ToArray();
        var finished = UnfinishedChecksum.TryFinish(memory.AsSpan(64, length), start, offset);
        Assert.That(memory[..64].Concat(memory[(64 + length)..]), Is.All.EqualTo(0x55));
        return finished;
    }

    [Test]
    public void A_checksum_outside_its_frame_refuses_it() =>
        Assert.That(Take(new TestFrame().Build(), out _, Offload(34, 1400)), Is.EqualTo(Refusal.Malformed));

    private Refusal Take(byte[] frame, out int length, OffloadHeader offload = default) =>
        FrameIntake.Take(new RingFrame(frame) { WireLength = (uint)frame.Length, Offload = offload }, _target, out length);

    private static OffloadHeader Offload(int start, int offset) => new()
    {
        Flags = OffloadHeader.NeedsChecksum,
        ChecksumStart = (ushort)start,
        ChecksumOffset = (ushort)offset,
    };

    /// <summary>As the kernel sends it to hardware that does the rest: the field holds the pseudo header's sum.</summary>
    private static byte[] Unfinished(byte[] frame, byte protocol, int offset)
    {
        var unfinished = frame.ToArray();
        var bytes = (ushort)(frame.Length - 34);
        byte[] pseudo = [.. frame[26..34], 0, protocol, (byte)(bytes >> 8), (byte)bytes];
        BinaryPrimitives.WriteUInt16BigEndian(unfinished.AsSpan(34 + offset), InternetChecksum.Sum(pseudo));
        return unfinished;
    }
}
