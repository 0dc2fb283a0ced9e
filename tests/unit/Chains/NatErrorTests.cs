using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>ICMP errors through the NAT (RFC 5508): whoever gets one must recognise its own packet in it.</summary>
public sealed class NatErrorTests
{
    private static readonly TestFrame[] Questions =
    [
        new(), new() { NoUdpChecksum = true }, new() { Options = [1, 1, 1, 0] }, TestFrame.Tcp(TcpFlags.Syn),
        TestFrame.Echo(),
    ];

    [Test]
    public void An_error_about_what_went_out_comes_in([ValueSource(nameof(Questions))] TestFrame question,
        [Values(3, 11, 12)] byte type, [Values] bool isShort)
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        var sent = run.FromLeft(question).Frame!;
        var quoted = isShort ? 28 + question.Options.Length : 1000;
        var error = TestFrame.Error(sent, "203.0.113.1", "192.0.2.1", type, code: 1, quoted);
        var expected = TestFrame.Error(question.Build(), "203.0.113.1", "10.0.0.1", type, code: 1, quoted);
        Assert.That(run.FromRight(error).Frame, Is.EqualTo(expected.Build()));
    }

    [Test]
    public void An_error_about_what_came_in_goes_out([ValueSource(nameof(Questions))] TestFrame question)
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(question);
        var answer = question with
        {
            Source = question.Destination,
            Destination = "192.0.2.1",
            SourcePort = question.DestinationPort,
            DestinationPort = 20_000,
            Identifier = 20_000,
            IcmpType = 0,
            TcpFlags = TcpFlags.Ack,
        };
        var received = run.FromRight(answer).Frame!;
        // From the host itself, or from an inside router that has no session of its own.
        foreach (var sender in new[] { "10.0.0.1", "10.0.0.254" })
        {
            var quoted = 28 + question.Options.Length;
            var error = TestFrame.Error(received, sender, "198.51.100.7", quoted: quoted);
            var expected = TestFrame.Error(answer.Build(), "192.0.2.1", "198.51.100.7", quoted: quoted);
            Assert.That(run.FromLeft(error).Frame, Is.EqualTo(expected.Build()));
        }
    }

    [Test]
    public void An_error_about_no_session_does_not_cross()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame());
        var mine = new TestFrame { Source = "192.0.2.1", SourcePort = 20_000 };
        Assert.That(ErrorAbout(mine).Passed);
        Assert.That(ErrorAbout(mine with { SourcePort = 20_001 }).Dropped, Is.EqualTo(NoSession));
        Assert.That(ErrorAbout(mine with { Source = "192.0.2.2" }).Dropped, Is.EqualTo(NoSession));
        Assert.That(ErrorAbout(mine with { Protocol = IpProtocols.Tcp }).Dropped, Is.EqualTo(NoSession));
        Assert.That(ErrorAbout(mine with { Protocol = 47 }).Dropped, Is.EqualTo(NoSession));
        Assert.That(ErrorAbout(mine with { Fragment = 5 }).Dropped, Is.EqualTo(Fragment));
        var outbound = TestFrame.Error(new TestFrame { DestinationPort = 9 }.Build(), "10.0.0.1", "198.51.100.7");
        Assert.That(run.FromLeft(outbound).Dropped, Is.EqualTo(NoSession));

        Outcome ErrorAbout(TestFrame frame) =>
            run.FromRight(TestFrame.Error(frame.Build(), "203.0.113.1", "192.0.2.1"));
    }

    [Test]
    public void An_error_with_a_wrong_checksum_does_not_cross()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        var sent = run.FromLeft(new TestFrame()).Frame!;
        var wrongOutside = TestFrame.Error(sent, "203.0.113.1", "192.0.2.1").Build();
        wrongOutside[^1] ^= 1;
        Assert.That(run.FromRight(wrongOutside).Dropped, Is.EqualTo(Malformed));

        sent[22] ^= 1; // the TTL that is quoted
        Assert.That(run.FromRight(TestFrame.Error(sent, "203.0.113.1", "192.0.2.1")).Dropped, Is.EqualTo(Malformed));
    }

    [Test]
    public void An_error_that_quotes_too_little_does_not_cross()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        var sent = run.FromLeft(new TestFrame()).Frame!;
        Assert.That(run.FromRight(TestFrame.Error(sent, "203.0.113.1", "192.0.2.1", quoted: 27)).Dropped,
            Is.EqualTo(Malformed));
    }
}
