using System.Net;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

public sealed class NatTests
{
    internal static readonly NatSettings Settings = new() { Outside = IPAddress.Parse("192.0.2.1") };

    private static readonly TestFrame[] Frames =
    [
        new(),
        new() { NoUdpChecksum = true, Padding = 13 },
        TestFrame.Tcp(TcpFlags.Syn),
        TestFrame.Echo(),
        TestFrame.Echo(type: 13),
        TestFrame.Tcp(TcpFlags.Syn) with { VlanTypes = [EtherTypes.ServiceVlan, EtherTypes.Vlan] },
        new() { Options = [0x94, 4, 0, 0, 1, 1, 1, 0] },
    ];

    [Test]
    public void A_question_goes_out_and_its_answer_comes_back([ValueSource(nameof(Frames))] TestFrame question)
    {
        using var run = new NfRun(new Nat(Settings));
        var outside = question with { Source = "192.0.2.1", SourcePort = 20_000, Identifier = 20_000 };
        Assert.That(run.FromLeft(question).Frame, Is.EqualTo(outside.Build()));
        Assert.That(run.FromRight(AnswerTo(outside)).Frame, Is.EqualTo(AnswerTo(question).Build()));
    }

    [Test]
    public void An_inside_endpoint_has_one_port_whatever_it_talks_to()
    {
        using var run = new NfRun(new Nat(Settings));
        var one = new TestFrame();
        Assert.That(PortOf(run.FromLeft(one)), Is.EqualTo(20_000));
        Assert.That(PortOf(run.FromLeft(one with { Destination = "203.0.113.9", DestinationPort = 99 })),
            Is.EqualTo(20_000));
        Assert.That(PortOf(run.FromLeft(one with { SourcePort = 1001 })), Is.EqualTo(20_001));
        Assert.That(PortOf(run.FromLeft(one with { Source = "10.0.0.2" })), Is.EqualTo(20_002));
        Assert.That(PortOf(run.FromLeft(one with { Protocol = IpProtocols.Tcp })), Is.EqualTo(20_003));
        Assert.That(PortOf(run.FromLeft(one)), Is.EqualTo(20_000));

        // Also from somewhere it has not talked to: filtering is the firewall's work.
        var stranger = ToOutside(20_001) with { Source = "203.0.113.200" };
        Assert.That(run.FromRight(stranger).Frame,
            Is.EqualTo((stranger with { Destination = "10.0.0.1", DestinationPort = 1001 }).Build()));
    }

    [Test]
    public void What_is_not_addressed_to_a_session_does_not_come_in()
    {
        using var run = new NfRun(new Nat(Settings));
        run.FromLeft(new TestFrame());
        Assert.That(run.FromRight(ToOutside(20_000)).Passed);
        Assert.That(run.FromRight(ToOutside(20_000) with { Destination = "10.0.0.1", DestinationPort = 1000 }).Dropped,
            Is.EqualTo(NoSession));
        Assert.That(run.FromRight(ToOutside(20_000) with { Protocol = IpProtocols.Tcp }).Dropped,
            Is.EqualTo(NoSession));
        foreach (ushort port in new[] { 0, 19_999, 20_001, 21_023, 21_024, 65_535 })
            Assert.That(run.FromRight(ToOutside(port)).Dropped, Is.EqualTo(NoSession), $"port {port}");
    }

    [Test]
    public void Echo_requests_go_out_and_replies_come_in_only()
    {
        using var run = new NfRun(new Nat(Settings));
        run.FromLeft(TestFrame.Echo());
        var incoming = ToOutside(20_000) with { Protocol = IpProtocols.Icmp, IcmpType = 0, Identifier = 20_000 };
        Assert.That(run.FromRight(incoming).Passed);
        Assert.That(run.FromRight(incoming with { IcmpType = 8 }).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromLeft(TestFrame.Echo(type: 0)).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromLeft(TestFrame.Echo(type: 5)).Dropped, Is.EqualTo(Unsupported));
    }

    [Test]
    public void What_is_not_IPv4_crosses_untouched()
    {
        using var run = new NfRun(new Nat(Settings));
        var arp = new TestFrame().Build();
        (arp[12], arp[13]) = (0x08, 0x06);
        var ipv6 = TestFrame.Echo6().Build();
        Assert.That(run.FromLeft(arp).Frame, Is.EqualTo(arp));
        Assert.That(run.FromRight(arp).Frame, Is.EqualTo(arp));
        Assert.That(run.FromLeft(ipv6).Frame, Is.EqualTo(ipv6));
        Assert.That(run.FromRight(ipv6).Frame, Is.EqualTo(ipv6));
        Assert.That(run.Entries("sessions"), Is.Zero);
    }

    [Test]
    public void What_can_not_be_translated_is_dropped()
    {
        using var run = new NfRun(new Nat(Settings));
        var frame = new TestFrame();
        Assert.Multiple(() =>
        {
            Assert.That(run.FromLeft(frame with { Fragment = 0x0003 }).Dropped, Is.EqualTo(Fragment), "last");
            Assert.That(run.FromLeft(frame with { Fragment = 0x2000, Protocol = 47 }).Dropped, Is.EqualTo(Fragment));
            Assert.That(run.FromLeft(frame with { Protocol = 47 }).Dropped, Is.EqualTo(Unsupported), "GRE");
            Assert.That(run.FromLeft(frame with { Destination = "224.0.0.251" }).Dropped, Is.EqualTo(Unsupported));
            Assert.That(run.FromLeft(frame with { Destination = "255.255.255.255" }).Dropped, Is.EqualTo(Unsupported));
            Assert.That(run.FromLeft(frame with { Destination = "192.0.2.1" }).Dropped, Is.EqualTo(NoSession),
                "no session there to turn back to");
            Assert.That(run.FromLeft(frame.Build()[..40]).Dropped, Is.EqualTo(Malformed));
            Assert.That(run.FromLeft(TestFrame.Tcp(TcpFlags.Rst | TcpFlags.Ack)).Dropped, Is.EqualTo(NoSession));
            Assert.That(run.Entries("sessions"), Is.Zero);
        });
    }

    [Test]
    public void Remembers_the_inside_MAC_address_and_leaves_those_of_frames_alone()
    {
        using var run = new NfRun(new Nat(Settings));
        run.FromLeft(new TestFrame { SourceMac = 0x0200_0000_0A0A });
        Assert.That(MacOf(run), Is.EqualTo("0a0a00000002"));
        run.FromRight(ToOutside(20_000) with { SourceMac = 0x0200_0000_0B0B });
        Assert.That(MacOf(run), Is.EqualTo("0a0a00000002"), "of the inside, not of the other side");
        var passed = run.FromLeft(new TestFrame { SourceMac = 0x0200_0000_0C0C });
        Assert.That(MacOf(run), Is.EqualTo("0c0c00000002"), "it has moved");
        Assert.That(MacAddress.SourceOf(passed.Frame), Is.EqualTo(0x0200_0000_0C0C));

        // Little-endian in the state, behind an 8-byte key and the time of 8 bytes.
        static string MacOf(NfRun run) => run.State("sessions[").Single().Split(" = ")[1].Substring(16, 12);
    }

    [Test]
    public void When_all_ports_are_taken_new_sessions_wait_until_one_is_free()
    {
        using var run = new NfRun(new Nat(Settings with { Sessions = 3 }));
        for (ushort i = 0; i < 3; i++) Assert.That(run.FromLeft(Inside(i), at: i * 10).Passed);
        Assert.That(run.FromLeft(Inside(3), at: 30).Dropped, Is.EqualTo(TableFull));
        Assert.That(run.FromLeft(Inside(1), at: 31).Passed, "one that has a port keeps it");
        Assert.That(PortOf(run.FromLeft(Inside(4), at: 123)), Is.EqualTo(20_000), "the first was idle for two minutes");
        Assert.That(run.FromLeft(Inside(5), at: 124).Dropped, Is.EqualTo(TableFull));
    }

    [Test]
    public void A_port_rests_as_long_as_possible_before_it_is_used_again()
    {
        using var run = new NfRun(new Nat(Settings with { Sessions = 3 }));
        run.FromLeft(Inside(0));
        run.Tick(at: 300);
        Assert.That(run.Entries("sessions"), Is.Zero);
        Assert.That(PortOf(run.FromLeft(Inside(0), at: 301)), Is.EqualTo(20_001));
        Assert.That(PortOf(run.FromLeft(Inside(1), at: 302)), Is.EqualTo(20_002));
        Assert.That(PortOf(run.FromLeft(Inside(2), at: 303)), Is.EqualTo(20_000));
    }

    [Test]
    public void A_busy_session_changes_no_state_within_a_step()
    {
        using var run = new NfRun(new Nat(Settings));
        run.FromLeft(new TestFrame(), at: 5.1);
        run.Block.ClearMarks();
        for (var i = 0; i < 100; i++)
        {
            run.FromLeft(new TestFrame(), at: 5.2 + i * 0.005);
            run.FromRight(ToOutside(20_000), at: 5.2 + i * 0.005);
        }

        Assert.That(run.Block.ChangedChunks, Is.Zero);
        run.FromRight(ToOutside(20_000), at: 6.2);
        Assert.That(run.Block.ChangedChunks, Is.Not.Zero);
    }

    [Test]
    public void As_many_sessions_fit_as_the_settings_say()
    {
        Assert.DoesNotThrow(() => new NfRun(new Nat(Settings with { Sessions = NatSettings.MaxSessions })).Dispose());
        Assert.Throws<StateLayoutException>(
            () => new NfRun(new Nat(Settings with { Sessions = NatSettings.MaxSessions + 1 })).Dispose());
        const int OfRouter = NatSettings.MaxSessionsOfRouter;
        Assert.DoesNotThrow(() => new NfRun(new Nat(TestRouter.Settings with { Sessions = OfRouter })).Dispose());
        Assert.Throws<StateLayoutException>(
            () => new NfRun(new Nat(TestRouter.Settings with { Sessions = OfRouter + 1 })).Dispose());
    }

    internal static ushort PortOf(Outcome outcome)
    {
        Assert.That(outcome.Passed, $"dropped: {outcome.Dropped}");
        Assert.That(PacketHeaders.TryParse(outcome.Frame, out var headers));
        return headers.SourcePort;
    }

    internal static TestFrame ToOutside(int port) => new()
    {
        Source = "198.51.100.7", Destination = "192.0.2.1", SourcePort = 53, DestinationPort = (ushort)port,
    };

    private static TestFrame Inside(int number) => new() { SourcePort = (ushort)(1000 + number) };

    private static TestFrame AnswerTo(TestFrame question) => question with
    {
        Source = question.Destination,
        Destination = question.Source,
        SourcePort = question.DestinationPort,
        DestinationPort = question.SourcePort,
        TcpFlags = TcpFlags.Syn | TcpFlags.Ack,
        IcmpType = (byte)(question.IcmpType == 8 ? 0 : 14),
    };
}
