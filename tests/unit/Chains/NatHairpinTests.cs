using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Two inside hosts that reach each other by the outside address, through a bump in the wire and a router.
/// To either the other must look as if it were outside (RFC 4787 REQ-9 a, RFC 5382 REQ-8 a).</summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class NatHairpinTests(bool isRouter)
{
    private const ulong OneMac = 0x0200_0000_0A0A, OtherMac = 0x0200_0000_0B0B, Elsewhere = 0x0200_0000_00EE;

    private readonly NatSettings _settings = isRouter ? TestRouter.Settings : NatTests.Settings;
    private readonly ulong _gateway = isRouter ? TestRouter.Virtual : Elsewhere;

    private TestFrame One => new() { Source = "10.0.1.10", SourceMac = OneMac, DestinationMac = _gateway };

    private TestFrame Other => One with { Source = "10.0.1.20", SourceMac = OtherMac, SourcePort = 2000 };

    private byte Hops => (byte)(isRouter ? 1 : 0);

    [Test]
    public void What_one_sends_to_the_others_outside_port_turns_back([Values(6, 17)] byte protocol)
    {
        using var run = new NfRun(new Nat(_settings));
        Open(run, Other with { Protocol = protocol });
        var sent = One with { Protocol = protocol, Destination = "192.0.2.1", DestinationPort = 20_000 };
        var turned = run.FromLeft(sent);
        Assert.That(turned.TurnedBack);
        var expected = sent with
        {
            SourceMac = _gateway,
            DestinationMac = OtherMac,
            Ttl = (byte)(63 - Hops),
            Source = "192.0.2.1",
            SourcePort = 20_001,
            Destination = "10.0.1.20",
            DestinationPort = 2000,
        };
        Assert.That(turned.Frame, Is.EqualTo(expected.Build()));

        // The answer goes to what the other saw, and so comes to the one.
        var answer = Other with { Protocol = protocol, Destination = "192.0.2.1", DestinationPort = 20_001 };
        Assert.That(run.FromLeft(answer).Frame, Is.EqualTo((answer with
        {
            SourceMac = _gateway,
            DestinationMac = OneMac,
            Ttl = (byte)(63 - Hops),
            Source = "192.0.2.1",
            SourcePort = 20_000,
            Destination = "10.0.1.10",
            DestinationPort = 1000,
        }).Build()));
        Assert.That(run.Entries("sessions"), Is.EqualTo(2));
    }

    [Test]
    public void An_error_about_a_turned_packet_turns_back_and_quotes_what_its_sender_sent()
    {
        using var run = new NfRun(new Nat(_settings));
        Open(run, Other);
        var sent = One with { Destination = "192.0.2.1", DestinationPort = 20_000 };
        var received = run.FromLeft(sent).Frame!;
        var error = TestFrame.Error(received, "10.0.1.20", "192.0.2.1") with
        {
            SourceMac = OtherMac,
            DestinationMac = _gateway,
        };
        var turned = run.FromLeft(error);
        Assert.That(turned.TurnedBack);
        var quoted = (sent with { Ttl = (byte)(63 - Hops) }).Build();
        Assert.That(turned.Frame, Is.EqualTo((TestFrame.Error(quoted, "192.0.2.1", "10.0.1.10") with
        {
            SourceMac = _gateway,
            DestinationMac = OneMac,
            Ttl = (byte)(63 - Hops),
        }).Build()));
    }

    [Test]
    public void To_a_port_without_a_session_nothing_turns_back_and_none_is_opened()
    {
        using var run = new NfRun(new Nat(_settings));
        Open(run, Other);
        var sent = One with { Destination = "192.0.2.1", DestinationPort = 20_000 };
        Assert.Multiple(() =>
        {
            Assert.That(run.FromLeft(sent with { DestinationPort = 20_001 }).Dropped, Is.EqualTo(NoSession));
            Assert.That(run.FromLeft(sent with { Protocol = 6 }).Dropped, Is.EqualTo(NoSession), "other protocol");
            Assert.That(run.FromLeft(sent with { Protocol = 47 }).Dropped, Is.EqualTo(Unsupported));
            Assert.That(run.FromLeft(sent, at: 125).Dropped, Is.EqualTo(NoSession), "over");
            Assert.That(run.FromLeft(TestFrame.Error(sent.Build(), "10.0.1.20", "192.0.2.1") with
            {
                SourceMac = OtherMac,
                DestinationMac = _gateway,
            }).Dropped, Is.EqualTo(NoSession), "an error about what did not turn");
            Assert.That(run.Entries("sessions"), Is.Zero);
        });
    }

    [Test]
    public void Turned_packets_prolong_both_sessions()
    {
        using var run = new NfRun(new Nat(_settings));
        Open(run, Other);
        var sent = One with { Destination = "192.0.2.1", DestinationPort = 20_000 };
        for (var at = 0; at <= 600; at += 100) Assert.That(run.FromLeft(sent, at).TurnedBack);
        Assert.That(run.Entries("sessions"), Is.EqualTo(2));
    }

    /// <summary>Opens a session by a packet to somewhere else; a router's becomes the question for its next hop.</summary>
    private static void Open(NfRun run, TestFrame from) => Assert.That(run.FromLeft(from).Passed);
}
