using Holdfast.Generator.Load;
using Holdfast.Generator.Traffic;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

public sealed class UdpFrameTests
{
    private static readonly Endpoint From = new(0x0A000001, 1234), To = new(0xC0000201, 53);

    private static readonly Payload Payload = new()
    {
        Sent = 0x0123_4567_89AB_CDEF,
        Sequence = 7,
        Flow = 3,
        Kind = PayloadKind.QuestionToAnswer,
        Magic = Payload.ExpectedMagic,
    };

    [TestCase(60)]
    [TestCase(61)]
    [TestCase(1514)]
    public void A_written_frame_is_read_back_and_its_checksums_hold(int bytes)
    {
        var frame = new byte[bytes];
        UdpFrame.Write(frame, fromLeft: true, From, To, Payload);
        Assert.That(UdpFrame.TryRead(frame, out var from, out var to, out var payload), Is.True);
        Assert.That((from, to, payload), Is.EqualTo((From, To, Payload)));
        Assert.That(UdpFrame.ChecksumsHold(frame), Is.True);
        frame[50] ^= 1;
        Assert.That(UdpFrame.ChecksumsHold(frame), Is.False);
    }

    [Test]
    public void A_known_packet_has_the_checksums_that_other_programs_compute()
    {
        var frame = new byte[60];
        UdpFrame.Write(frame, fromLeft: true, From, To, default);
        // 4500+002e+0000+4000+4011+0a00+0001+c000+0201 = 1 9141 -> 9142, complemented 6ebd.
        Assert.That(frame[24..26], Is.EqualTo(new byte[] { 0x6E, 0xBD }));
        // 0a00+0001+c000+0201+0011+001a + 04d2+0035+001a = d14e, complemented 2eb1; the payload is zero.
        Assert.That(frame[40..42], Is.EqualTo(new byte[] { 0x2E, 0xB1 }));
    }

    [Test]
    public void A_question_turned_around_is_a_whole_answer()
    {
        var frame = new byte[61];
        UdpFrame.Write(frame, fromLeft: true, From, To, Payload);
        var answer = Payload with { Kind = PayloadKind.Answer, Sent = 99 };
        UdpFrame.TurnAround(frame, answer);
        Assert.That(UdpFrame.TryRead(frame, out var from, out var to, out var payload), Is.True);
        Assert.That((from, to, payload), Is.EqualTo((To, From, answer)));
        Assert.That(UdpFrame.ChecksumsHold(frame), Is.True);
        Assert.That((frame[5], frame[11]), Is.EqualTo((1, 2)));
    }

    [Test]
    public void A_load_flow_stamps_whole_frames()
    {
        var flow = new LoadFlow(5, 64);
        var frame = new byte[64];
        for (var i = 0u; i < 4; i++)
        {
            flow.Stamp(frame, 1000 + i);
            Assert.That(UdpFrame.TryRead(frame, out _, out _, out var payload), Is.True);
            Assert.That((payload.Sent, payload.Sequence, payload.Flow), Is.EqualTo((1000 + i, i, 5)));
            Assert.That(payload.Kind, Is.EqualTo(i % 2 == 1 ? PayloadKind.QuestionToAnswer : PayloadKind.Question));
            Assert.That(UdpFrame.ChecksumsHold(frame), Is.True);
        }
    }

    [Test]
    public void Other_frames_are_not_ours()
    {
        var frame = new byte[60];
        UdpFrame.Write(frame, fromLeft: true, From, To, Payload);
        Assert.That(UdpFrame.TryRead(frame.AsSpan(0, 59), out _, out _, out _), Is.False);
        frame[12] = 0x86;
        Assert.That(UdpFrame.TryRead(frame, out _, out _, out _), Is.False);
    }
}
