using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Sessions end by the packets' time: an answer is refused once the time-out has passed (a step more at most,
/// here a second), and the port goes back a second of grace later.</summary>
public sealed class NatExpiryTests
{
    private const TcpFlags SynAck = TcpFlags.Syn | TcpFlags.Ack, FinAck = TcpFlags.Fin | TcpFlags.Ack;

    [Test]
    public void UDP_ends_after_two_minutes()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame(), at: 0.5);
        ExpectEnd(run, NatTests.ToOutside(20_000), last: 0, timeout: 120);

        run.FromLeft(new TestFrame(), at: 200);
        Assert.That(run.FromRight(NatTests.ToOutside(20_001), at: 320.99).Passed, "the last moment");
    }

    [Test]
    public void ICMP_ends_after_a_minute()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Echo(), at: 0.5);
        var reply = NatTests.ToOutside(20_000) with { Protocol = IpProtocols.Icmp, IcmpType = 0, Identifier = 20_000 };
        ExpectEnd(run, reply, last: 0, timeout: 60);
    }

    [Test]
    public void Packets_of_either_side_prolong_a_session()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame(), at: 0);
        Assert.That(run.FromRight(NatTests.ToOutside(20_000), at: 100).Passed);
        Assert.That(NatTests.PortOf(run.FromLeft(new TestFrame(), at: 200)), Is.EqualTo(20_000));
        ExpectEnd(run, NatTests.ToOutside(20_000), last: 200, timeout: 120);
    }

    [Test]
    public void An_ICMP_error_prolongs_nothing()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        var sent = run.FromLeft(new TestFrame(), at: 0).Frame!;
        Assert.That(run.FromRight(TestFrame.Error(sent, "203.0.113.1", "192.0.2.1"), at: 100).Passed);
        ExpectEnd(run, NatTests.ToOutside(20_000), last: 0, timeout: 120);
    }

    [Test]
    public void An_ICMP_error_ends_nothing()
    {
        using var run = Connected();
        var sent = run.FromLeft(TestFrame.Tcp(TcpFlags.Ack), at: 2).Frame!;
        foreach (byte type in new[] { 3, 11, 12 })
            Assert.That(run.FromRight(TestFrame.Error(sent, "203.0.113.1", "192.0.2.1", type), at: 3).Passed);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 2, timeout: 7440);
    }

    [Test]
    public void TCP_may_be_opened_by_both_sides_at_once()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 0);
        Assert.That(run.FromRight(Inbound(TcpFlags.Syn), at: 0).Passed);
        Assert.That(run.FromLeft(TestFrame.Tcp(SynAck), at: 1).Passed);
        Assert.That(run.FromRight(Inbound(SynAck), at: 1).Passed);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 1, timeout: 7440);
    }

    [Test]
    public void TCP_that_is_not_answered_ends_after_four_minutes()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 0);
        ExpectEnd(run, Inbound(SynAck), last: 0, timeout: 240);
    }

    [Test]
    public void TCP_that_only_the_outside_has_taken_up_ends_after_four_minutes()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 0);
        run.FromRight(Inbound(SynAck), at: 1);
        ExpectEnd(run, Inbound(SynAck), last: 1, timeout: 240);
    }

    [Test]
    public void TCP_that_both_sides_have_taken_up_lasts_for_hours()
    {
        using var run = Connected();
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 2, timeout: 7440);
    }

    [Test]
    public void TCP_lasts_while_only_one_side_has_finished()
    {
        using var run = Connected();
        run.FromRight(Inbound(FinAck), at: 3);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 3, timeout: 7440);
    }

    [Test]
    public void TCP_ends_soon_after_both_sides_have_finished()
    {
        using var run = Connected();
        run.FromRight(Inbound(FinAck), at: 3);
        run.FromLeft(TestFrame.Tcp(FinAck), at: 4);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 4, timeout: 240);
    }

    [Test]
    public void TCP_ends_soon_after_a_reset([Values] bool fromLeft)
    {
        using var run = Connected();
        if (fromLeft) run.FromLeft(TestFrame.Tcp(TcpFlags.Rst), at: 5);
        else run.FromRight(Inbound(TcpFlags.Rst), at: 5);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 5, timeout: 240);
    }

    [Test]
    public void A_new_connection_from_the_port_of_a_closed_one_lasts_again()
    {
        using var run = Connected();
        run.FromRight(Inbound(TcpFlags.Rst), at: 5);
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 6);
        run.FromRight(Inbound(SynAck), at: 7);
        run.FromLeft(TestFrame.Tcp(TcpFlags.Ack), at: 8);
        ExpectEnd(run, Inbound(TcpFlags.Ack), last: 8, timeout: 7440);
    }

    [Test]
    public void A_new_connection_from_the_port_of_one_that_was_idle_too_long_is_not_open_yet()
    {
        using var run = Connected();
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 7443);
        ExpectEnd(run, Inbound(SynAck), last: 7443, timeout: 240);
    }

    [Test]
    public void A_packet_from_inside_takes_an_idle_session_up_again_until_its_port_is_back()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame(), at: 0);
        Assert.That(run.FromRight(NatTests.ToOutside(20_000), at: 121.5).Dropped, Is.EqualTo(NoSession));
        Assert.That(NatTests.PortOf(run.FromLeft(new TestFrame(), at: 121.6)), Is.EqualTo(20_000));
        Assert.That(run.FromRight(NatTests.ToOutside(20_000), at: 121.7).Passed);
    }

    [Test]
    public void Time_outs_may_be_fractions_of_a_second()
    {
        using var run = new NfRun(new Nat(NatTests.Settings with
        {
            Timeouts = new() { Udp = TimeSpan.FromSeconds(0.2), TcpTransitory = TimeSpan.FromSeconds(0.4) },
        }));
        run.FromLeft(new TestFrame(), at: 0.999);
        Assert.That(run.FromRight(NatTests.ToOutside(20_000), at: 1.198).Passed);
        Assert.That(run.FromRight(NatTests.ToOutside(20_000), at: 1.425).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.Entries("sessions"), Is.EqualTo(1));
        run.Tick(at: 2.5);
        Assert.That(run.Entries("sessions"), Is.Zero);
    }

    [Test]
    public void Ports_go_back_in_the_same_order_whether_every_tick_came_or_only_the_last()
    {
        using var one = new NfRun(new Nat(NatTests.Settings with { Sessions = 5 }));
        using var other = new NfRun(new Nat(NatTests.Settings with { Sessions = 5 }));
        foreach (var run in new[] { one, other })
        {
            // Slots in one order, ends in another: 0, 3, 2, 4, 1.
            for (ushort i = 0; i < 5; i++) run.FromLeft(new TestFrame { SourcePort = i }, at: i);
            run.FromLeft(new TestFrame { SourcePort = 2 }, at: 10);
            run.FromLeft(new TestFrame { SourcePort = 4 }, at: 11);
            run.FromLeft(new TestFrame { SourcePort = 1 }, at: 12);
        }

        for (var at = 100.0; at < 200; at += 0.01) one.Tick(at);
        other.Tick(199.99);
        Assert.That(one.Entries("sessions"), Is.Zero);
        for (ushort i = 10; i < 15; i++)
            Assert.That(NatTests.PortOf(other.FromLeft(new TestFrame { SourcePort = i }, at: 200)),
                Is.EqualTo(NatTests.PortOf(one.FromLeft(new TestFrame { SourcePort = i }, at: 200))));
    }

    [Test]
    public void A_packet_from_the_left_closes_what_a_late_tick_would_have_closed()
    {
        using var ticked = new NfRun(new Nat(NatTests.Settings with { Sessions = 1 }));
        using var late = new NfRun(new Nat(NatTests.Settings with { Sessions = 1 }));
        foreach (var run in new[] { ticked, late }) run.FromLeft(new TestFrame { SourcePort = 1 }, at: 0);
        ticked.Tick(122);
        foreach (var run in new[] { ticked, late })
            Assert.That(run.FromLeft(new TestFrame { SourcePort = 2 }, at: 122.001).Passed);
    }

    private static NfRun Connected()
    {
        var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(TestFrame.Tcp(TcpFlags.Syn), at: 0);
        run.FromRight(Inbound(SynAck), at: 1);
        run.FromLeft(TestFrame.Tcp(TcpFlags.Ack), at: 2);
        return run;
    }

    private static TestFrame Inbound(TcpFlags flags) =>
        NatTests.ToOutside(20_000) with { Protocol = IpProtocols.Tcp, TcpFlags = flags };

    /// <summary>The session ends a time-out after <paramref name="last"/>, the second in which it was used.</summary>
    private static void ExpectEnd(NfRun run, TestFrame probe, int last, int timeout)
    {
        run.Tick(last + timeout + 0.99);
        Assert.That(run.Entries("sessions"), Is.EqualTo(1), "still there");
        Assert.That(run.FromRight(probe, at: last + timeout + 1).Dropped, Is.EqualTo(NoSession), "no longer counts");
        run.Tick(last + timeout + 1.99);
        Assert.That(run.Entries("sessions"), Is.EqualTo(1), "grace");
        run.Tick(last + timeout + 2);
        Assert.That(run.Entries("sessions"), Is.Zero, "removed");
    }
}
