using System.Text.Json;
using Holdfast.Chains.Firewall;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

public sealed class FirewallTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack, FinAck = TcpFlags.Fin | TcpFlags.Ack;

    [Test]
    public void The_left_may_begin_flows_and_the_right_may_answer(
        [Values] bool isIPv6, [Values(6, 17, 47)] byte protocol)
    {
        using var run = Run();
        var question = Question(protocol, isIPv6);
        Assert.That(run.FromRight(AnswerTo(question)).Dropped, Is.Not.Null, "before the question");
        Assert.That(run.FromLeft(question).Frame, Is.EqualTo(question.Build()));
        Assert.That(run.FromRight(AnswerTo(question)).Frame, Is.EqualTo(AnswerTo(question).Build()));
    }

    [Test]
    public void The_right_may_not_begin_flows([Values] bool isIPv6, [Values(6, 17, 47)] byte protocol)
    {
        using var run = Run();
        Assert.That(run.FromRight(Question(protocol, isIPv6)).Dropped, Is.EqualTo(Policy));
        Assert.That(run.FromLeft(AnswerTo(Question(protocol, isIPv6))).Passed,
            Is.EqualTo(protocol != 6), "nothing remains of it");
    }

    [Test]
    public void The_first_rule_that_matches_decides()
    {
        using var run = Run("""
            [
              {"from": "right", "action": "deny", "source": "203.0.113.0/24"},
              {"from": "right", "action": "allow", "protocol": "tcp", "destination": "10.0.0.0/8",
               "ports": "80,443,8000-8010"},
              {"from": "left", "action": "deny", "protocol": "udp", "ports": "53"},
              {"from": "left", "action": "allow", "protocol": "udp"}
            ]
            """);
        var inbound = TestFrame.Tcp(TcpFlags.Syn) with
        {
            Source = "198.51.100.7",
            Destination = "10.1.2.3",
            DestinationPort = 443,
        };
        Assert.Multiple(() =>
        {
            Assert.That(run.FromRight(inbound).Passed);
            Assert.That(run.FromRight(inbound with { DestinationPort = 8000 }).Passed);
            Assert.That(run.FromRight(inbound with { DestinationPort = 8010 }).Passed);
            Assert.That(run.FromRight(inbound with { DestinationPort = 8011 }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(inbound with { DestinationPort = 1, SourcePort = 443 }).Dropped,
                Is.EqualTo(Policy));
            Assert.That(run.FromRight(inbound with { Destination = "11.1.2.3" }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(inbound with { Protocol = IpProtocols.Udp }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(inbound with { Source = "203.0.113.7" }).Dropped,
                Is.EqualTo(Policy), "first rule");
            Assert.That(run.FromLeft(new TestFrame { DestinationPort = 53 }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromLeft(new TestFrame { DestinationPort = 54 }).Passed);
            Assert.That(run.FromLeft(TestFrame.Tcp(TcpFlags.Syn)).Passed, "no rule: the left may");
        });
    }

    [Test]
    public void Ports_are_those_of_TCP_and_UDP_only()
    {
        using var run = Run("""[{"from": "right", "action": "allow", "ports": "0-65535"}]""");
        Assert.That(run.FromRight(new TestFrame()).Passed);
        Assert.That(run.FromRight(TestFrame.Tcp(TcpFlags.Syn)).Passed);
        Assert.That(run.FromRight(TestFrame.Echo()).Dropped, Is.EqualTo(Policy));
        Assert.That(run.FromRight(new TestFrame { Protocol = 132 }).Dropped, Is.EqualTo(Policy));
    }

    [Test]
    public void Rules_for_addresses_of_one_IP_version_do_not_match_the_other()
    {
        using var run = Run("""
            [
              {"from": "left", "action": "deny", "destination": "::/0"},
              {"from": "right", "action": "allow", "source": "2001:db8::/127"},
              {"from": "right", "action": "allow", "source": "192.0.2.7"},
              {"from": "right", "action": "deny", "source": "0.0.0.0/0"},
              {"from": "right", "action": "allow", "protocol": 47}
            ]
            """);
        var ipv6 = new TestFrame { Source = "2001:db8::1", Destination = "2001:db8::8" };
        Assert.Multiple(() =>
        {
            Assert.That(run.FromLeft(new TestFrame()).Passed);
            Assert.That(run.FromLeft(ipv6).Passed, Is.False);
            Assert.That(run.FromRight(ipv6).Passed);
            Assert.That(run.FromRight(ipv6 with { Source = "2001:db8::2" }).Passed, Is.False);
            Assert.That(run.FromRight(new TestFrame { Source = "192.0.2.7" }).Passed);
            Assert.That(run.FromRight(new TestFrame { Source = "192.0.2.8" }).Passed, Is.False);
            Assert.That(run.FromRight(ipv6 with { Source = "2001:db8::2", Protocol = 47 }).Passed);
            Assert.That(run.FromRight(new TestFrame { Protocol = 47 }).Passed, Is.False);
        });
    }

    [TestCase(TcpFlags.Ack)]
    [TestCase(SynAck)]
    [TestCase(TcpFlags.Rst)]
    [TestCase(FinAck)]
    [TestCase(TcpFlags.Syn | TcpFlags.Fin)]
    [TestCase(TcpFlags.None)]
    public void TCP_begins_with_SYN_alone(TcpFlags flags)
    {
        using var run = Run();
        Assert.That(run.FromLeft(TestFrame.Tcp(flags)).Dropped, Is.EqualTo(NoSession));
    }

    [Test]
    public void Echo_begins_with_a_request([Values] bool isIPv6)
    {
        using var run = Run();
        var request = isIPv6 ? TestFrame.Echo6() : TestFrame.Echo();
        var reply = (isIPv6 ? TestFrame.Echo6(129) : TestFrame.Echo(0)) with
        {
            Source = request.Destination,
            Destination = request.Source,
        };
        Assert.That(run.FromRight(reply).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromLeft(request).Passed);
        Assert.That(run.FromRight(reply).Passed);
        Assert.That(run.FromRight(reply with { Identifier = 78 }).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromRight(reply, at: 61).Dropped, Is.EqualTo(NoSession));
    }

    [Test]
    public void Other_ICMP_goes_by_the_rules_and_leaves_nothing_behind()
    {
        using var run = Run();
        Assert.That(run.FromLeft(TestFrame.Echo(type: 5)).Passed);
        var inbound = TestFrame.Echo(type: 5) with { Source = "198.51.100.7", Destination = "10.0.0.1" };
        Assert.That(run.FromRight(inbound).Dropped, Is.EqualTo(Policy));
        Assert.That(run.Entries("ipv4"), Is.Zero);
    }

    [Test]
    public void Neighbour_discovery_passes_both_ways_by_no_rule([Values(133, 134, 135, 136, 137)] byte type)
    {
        using var run = Run("""[{"from": "left", "action": "deny"}, {"from": "right", "action": "deny"}]""");
        Assert.That(run.FromLeft(TestFrame.Echo6(type)).Passed);
        Assert.That(run.FromRight(TestFrame.Echo6(type)).Passed);
        Assert.That(run.FromLeft(TestFrame.Echo6(138)).Dropped, Is.EqualTo(Policy));
    }

    [Test]
    public void An_ICMP_error_passes_when_it_is_about_a_known_flow([Values] bool isIPv6)
    {
        using var run = Run();
        var question = Question(IpProtocols.Tcp, isIPv6);
        var router = isIPv6 ? "2001:db8:ffff::1" : "203.0.113.1";
        byte type = isIPv6 ? (byte)2 : (byte)3;
        var inbound = TestFrame.Error(question.Build(), router, question.Source, type, quoted: isIPv6 ? 48 : 28);
        var outbound = TestFrame.Error(AnswerTo(question).Build(), question.Source, question.Destination, type);
        Assert.That(run.FromRight(inbound).Dropped, Is.EqualTo(NoSession));
        run.FromLeft(question);
        Assert.That(run.FromRight(inbound).Passed);
        Assert.That(run.FromLeft(outbound).Passed);
        Assert.That(run.FromLeft(inbound).Dropped, Is.EqualTo(NoSession), "that packet did not go this way");
        var unknown = TestFrame.Error((question with { SourcePort = 9 }).Build(), router, question.Source, type);
        Assert.That(run.FromRight(unknown).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromRight(inbound, at: 200).Passed);
        Assert.That(run.FromRight(inbound, at: 241).Dropped, Is.EqualTo(NoSession), "errors prolong nothing");
    }

    [Test]
    public void What_is_not_IP_passes_unless_the_settings_say_otherwise()
    {
        var arp = new TestFrame().Build();
        (arp[12], arp[13]) = (0x08, 0x06);
        using var open = Run();
        using var closed = new NfRun(new Firewall(new() { NonIpPasses = false }));
        Assert.That(open.FromRight(arp).Passed);
        Assert.That(closed.FromRight(arp).Dropped, Is.EqualTo(Policy));
        Assert.That(open.FromRight(arp[..13]).Dropped, Is.EqualTo(Malformed));
    }

    [Test]
    public void First_fragments_go_by_their_ports_and_later_ones_by_the_settings()
    {
        using var strict = Run();
        using var lax = new NfRun(new Firewall(new() { LaterFragmentsPass = true }));
        var later6 = new TestFrame
        {
            Source = "2001:db8::1", Destination = "2001:db8::2", Extensions = [(44, [0, 0, 0, 8, 0, 0, 0, 1])],
        };
        Assert.Multiple(() =>
        {
            Assert.That(strict.FromLeft(new TestFrame { Fragment = 0x2000 }).Passed);
            Assert.That(strict.FromRight(new TestFrame { Fragment = 0x2000 }).Dropped, Is.EqualTo(Policy));
            Assert.That(strict.FromLeft(new TestFrame { Fragment = 0x0001 }).Dropped, Is.EqualTo(Fragment));
            Assert.That(strict.FromLeft(later6).Dropped, Is.EqualTo(Fragment));
            Assert.That(lax.FromRight(new TestFrame { Fragment = 0x0001 }).Passed);
            Assert.That(lax.FromRight(later6).Passed);
            Assert.That(lax.FromRight(TestFrame.Tcp(TcpFlags.Syn) with { Fragment = 0x0001 }).Dropped,
                Is.EqualTo(Fragment), "it would overwrite the flags of the first (RFC 1858)");
        });
    }

    [TestCase(17, 120)]
    [TestCase(47, 120)]
    [TestCase(6, 240)]
    public void A_flow_ends_after_its_time_out(byte protocol, int timeout)
    {
        using var run = Run();
        run.FromLeft(Question(protocol), at: 0);
        run.FromRight(AnswerTo(Question(protocol)) with { TcpFlags = TcpFlags.None }, at: 10);
        run.Tick(at: 10 + timeout + 0.99);
        Assert.That(run.FromRight(AnswerTo(Question(protocol)), at: 10 + timeout + 1).Passed, Is.False);
        Assert.That(run.Entries("ipv4"), Is.EqualTo(1), "grace");
        run.Tick(at: 10 + timeout + 2);
        Assert.That(run.Entries("ipv4"), Is.Zero);
    }

    [Test]
    public void TCP_lasts_while_it_is_open_and_ends_soon_after_FIN_or_RST([Values(0, 1, 2, 3)] int ending)
    {
        using var run = Run();
        var there = TestFrame.Tcp(TcpFlags.Syn);
        run.FromLeft(there);
        run.FromRight(AnswerTo(there));
        run.FromLeft(there with { TcpFlags = TcpFlags.Ack });
        if (ending is 1 or 2) run.FromLeft(there with { TcpFlags = FinAck });
        if (ending == 2) run.FromRight(AnswerTo(there) with { TcpFlags = FinAck });
        if (ending == 3) run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Rst });
        var isClosed = ending is 2 or 3;
        Assert.That(run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Ack }, at: 300).Passed,
            Is.EqualTo(!isClosed));
        Assert.That(run.Entries("ipv4"), Is.EqualTo(isClosed ? 0 : 1));
    }

    [Test]
    public void Who_may_begin_a_flow_is_asked_again_when_a_closed_connection_is_opened_again()
    {
        using var run = Run();
        var there = TestFrame.Tcp(TcpFlags.Syn);
        run.FromLeft(there);
        run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Syn });
        run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Rst });
        Assert.That(run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Syn }, at: 1).Dropped, Is.EqualTo(Policy));
        Assert.That(run.FromLeft(there, at: 2).Passed);
        run.FromRight(AnswerTo(there), at: 2);
        run.FromLeft(there with { TcpFlags = TcpFlags.Ack }, at: 2);
        Assert.That(run.FromRight(AnswerTo(there) with { TcpFlags = TcpFlags.Ack }, at: 500).Passed,
            "open for hours again");
    }

    [Test]
    public void A_full_table_lets_known_flows_pass()
    {
        using var run = new NfRun(new Firewall(new() { IPv4Flows = 2 }));
        var frame = new TestFrame();
        run.FromLeft(frame with { SourcePort = 1 });
        run.FromLeft(frame with { SourcePort = 2 });
        run.Block.ClearMarks();
        Assert.That(run.FromLeft(frame with { SourcePort = 3 }).Dropped, Is.EqualTo(TableFull));
        Assert.That(run.Block.ChangedChunks, Is.Zero);
        Assert.That(run.FromLeft(frame with { SourcePort = 1 }).Passed);
        Assert.That(run.FromLeft(frame with { SourcePort = 3 }, at: 130).Passed, "once others are gone");
    }

    [Test]
    public void A_busy_flow_changes_no_state_within_a_step()
    {
        using var run = Run();
        run.Tick(at: 5);
        run.FromLeft(new TestFrame(), at: 5.1);
        run.Block.ClearMarks();
        for (var i = 0; i < 100; i++) run.FromRight(AnswerTo(new TestFrame()), at: 5.2 + i * 0.005);
        Assert.That(run.Block.ChangedChunks, Is.Zero);
    }

    [Test]
    public void The_default_tables_fit()
    {
        using var run = Run();
        var (ipv4, ipv6) = (Question(17), Question(17, isIPv6: true));
        for (ushort i = 0; i < 1024; i++) Assert.That(run.FromLeft(ipv4 with { SourcePort = i }).Passed);
        for (ushort i = 0; i < 384; i++) Assert.That(run.FromLeft(ipv6 with { SourcePort = i }).Passed);
    }

    [TestCase(1788, 1)]
    [TestCase(1, 952)]
    public void The_largest_tables_fit_and_no_larger_ones(int ipv4, int ipv6)
    {
        Assert.DoesNotThrow(() => new NfRun(new Firewall(new() { IPv4Flows = ipv4, IPv6Flows = ipv6 })).Dispose());
        Assert.Throws<StateLayoutException>(
            () => new NfRun(new Firewall(new() { IPv4Flows = ipv4 + 1, IPv6Flows = ipv6 + 1 })).Dispose());
    }

    private static NfRun Run(string rules = "[]") =>
        new(new Firewall(FirewallSettings.Parse(JsonDocument.Parse($$"""{"rules": {{rules}}}""").RootElement)));

    private static TestFrame Question(byte protocol, bool isIPv6 = false) => new()
    {
        Protocol = protocol,
        TcpFlags = TcpFlags.Syn,
        Source = isIPv6 ? "2001:db8::1" : "10.0.0.1",
        Destination = isIPv6 ? "2001:db8:1::2" : "198.51.100.7",
    };

    private static TestFrame AnswerTo(TestFrame question) => question with
    {
        Source = question.Destination,
        Destination = question.Source,
        SourcePort = question.DestinationPort,
        DestinationPort = question.SourcePort,
        TcpFlags = SynAck,
    };

    [TestCase(new byte[] { 131, 3, 4, 0 })]
    [TestCase(new byte[] { 1, 137, 3, 4 })]
    [TestCase(new byte[] { 7, 3, 4, 131, 3, 4, 0, 0 })]
    public void A_source_route_is_dropped(byte[] options)
    {
        using var run = new NfRun(new Firewall(new FirewallSettings()));
        Assert.That(run.FromLeft(new TestFrame { Options = options }).Dropped, Is.EqualTo(DropReason.Policy));
    }

    [TestCase(new byte[] { 7, 3, 4, 0 })]
    [TestCase(new byte[] { 0, 131, 3, 4 })]
    [TestCase(new byte[] { 7, 0, 131, 3 })]
    [TestCase(new byte[] { 7, 40, 131, 3 })]
    public void Other_options_pass(byte[] options)
    {
        using var run = new NfRun(new Firewall(new FirewallSettings()));
        Assert.That(run.FromLeft(new TestFrame { Options = options }).Passed);
    }

    [TestCase(1, false)]
    [TestCase(0, true)]
    public void An_IPv6_source_route_passes_at_its_end_only(byte segmentsLeft, bool passes)
    {
        using var run = new NfRun(new Firewall(new FirewallSettings()));
        var frame = TestFrame.Echo6() with { Extensions = [(43, [0, 0, 0, segmentsLeft, 0, 0, 0, 0])] };
        Assert.That(run.FromLeft(frame).Passed, Is.EqualTo(passes));
    }
}
