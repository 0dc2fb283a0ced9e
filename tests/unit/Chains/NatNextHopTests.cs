using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>The NAT as a router finds the hardware addresses of its next hops.</summary>
public sealed class NatNextHopTests
{
    private static readonly byte[] Question = Arp(1, Everybody, Virtual, Virtual, Outside, 0, NextHop);

    [Test]
    public void The_first_packet_becomes_the_question_and_the_answer_becomes_the_packet()
    {
        using var run = Run();
        var asked = run.FromLeft(FromHost());
        Assert.That((asked.Passed, asked.Frame), Is.EqualTo((true, Question)));
        var sent = run.FromRight(Reply(Gateway, NextHop), at: 0.001);
        Assert.That((sent.TurnedBack, sent.Frame), Is.EqualTo((true, Translated(FromHost()).Build())));

        Assert.That(run.FromRight(Reply(Gateway, NextHop), at: 0.002).Dropped, Is.EqualTo(Consumed),
            "a parked packet is sent once");
        Assert.That(run.FromLeft(FromHost(), at: 0.003).Frame, Is.EqualTo(Translated(FromHost()).Build()));
        var back = FromFar() with
        {
            SourceMac = Virtual,
            DestinationMac = Host,
            Destination = HostAddress,
            DestinationPort = 1000,
            Ttl = 62,
        };
        Assert.That(run.FromRight(FromFar(), at: 0.004).Frame, Is.EqualTo(back.Build()));
    }

    [Test]
    public void Hosts_on_the_segment_are_asked_for_themselves()
    {
        using var run = Run();
        var near = FromHost() with { Destination = "192.0.2.77" };
        Assert.That(run.FromLeft(near).Frame, Is.EqualTo(Arp(1, Everybody, Virtual, Virtual, Outside, 0, "192.0.2.77")));
        const ulong Mac = 0x0200_0000_4D4D;
        var expected = (Translated(near) with { DestinationMac = Mac }).Build();
        Assert.That(run.FromRight(Reply(Mac, "192.0.2.77")).Frame, Is.EqualTo(expected));
    }

    [Test]
    public void Meanwhile_the_latest_short_packet_waits_and_questions_are_a_second_apart()
    {
        using var run = Run();
        Assert.That(run.FromLeft(FromHost(), at: 0).Frame, Is.EqualTo(Question));
        Assert.That(run.FromLeft(FromHost() with { DestinationPort = 54 }, at: 0.5).Dropped, Is.EqualTo(Unresolved));
        var large = FromHost() with { DestinationPort = 55, Payload = new byte[500] };
        Assert.That(run.FromLeft(large, at: 0.9).Dropped, Is.EqualTo(Unresolved));
        Assert.That(run.FromLeft(large, at: 1.0).Frame, Is.EqualTo(Question), "however long, it is to ask");
        Assert.That(run.FromRight(Reply(Gateway, NextHop), at: 1.1).Frame,
            Is.EqualTo(Translated(FromHost() with { DestinationPort = 54 }).Build()));
    }

    [Test]
    public void A_packet_that_has_waited_for_three_seconds_is_not_sent()
    {
        using var run = Run();
        run.FromLeft(FromHost(), at: 0);
        Assert.That(run.FromRight(Reply(Gateway, NextHop), at: 3).Dropped, Is.EqualTo(Consumed));
    }

    [Test]
    public void Who_does_not_answer_three_questions_is_unreachable_for_a_while()
    {
        using var run = Run();
        for (var at = 0; at < 3; at++) Assert.That(run.FromLeft(FromHost(), at).Frame, Is.EqualTo(Question));
        Assert.That(run.FromLeft(FromHost(), at: 2.9).Dropped, Is.EqualTo(Unresolved));
        var refused = run.FromLeft(FromHost(), at: 3);
        Assert.That(refused.TurnedBack);
        Assert.That(refused.Frame, Is.EqualTo(RouterErrorTests.ErrorTo(FromHost(), type: 3, code: 1).Build()));
        Assert.That(run.FromLeft(FromHost(), at: 7.9).TurnedBack);
        Assert.That(run.FromLeft(FromHost(), at: 8).Frame, Is.EqualTo(Question), "asked again");
        Assert.That(run.FromRight(Reply(Gateway, NextHop), at: 8.1).TurnedBack);
    }

    [Test]
    public void Without_a_next_hop_what_is_far_is_unreachable()
    {
        using var run = new NfRun(new Nat(Settings with { Routing = Settings.Routing! with { NextHop = 0 } }));
        var refused = run.FromLeft(FromHost());
        Assert.That(refused.TurnedBack);
        Assert.That(refused.Frame, Is.EqualTo(RouterErrorTests.ErrorTo(FromHost(), type: 3, code: 0).Build()));
        Assert.That(run.Entries("sessions"), Is.Zero);
        Assert.That(run.FromLeft(FromHost() with { Destination = "192.0.2.77" }).Passed);
    }

    [Test]
    public void Neighbours_are_learnt_from_what_they_ask_and_announce_if_they_were_asked_for()
    {
        using var run = Run();
        run.FromRight(Request(Gateway, NextHop, Outside));
        Assert.That(run.Entries("neighbours"), Is.Zero, "nobody can fill the table from the right");
        run.FromLeft(FromHost());
        Assert.That(run.FromRight(Request(Gateway, NextHop, Outside)).Frame![21], Is.EqualTo(2), "its own question first");
        Assert.That(run.FromLeft(FromHost()).Frame, Is.EqualTo(Translated(FromHost()).Build()));
        const ulong Moved = 0x0200_0000_FE01;
        Assert.That(run.FromRight(Request(Moved, NextHop, NextHop), at: 1).Frame,
            Is.EqualTo((Translated(FromHost()) with { DestinationMac = Moved }).Build()), "the parked one goes to it");
        Assert.That(run.FromLeft(FromHost(), at: 1.1).Frame,
            Is.EqualTo((Translated(FromHost()) with { DestinationMac = Moved }).Build()));
    }

    [Test]
    public void Who_was_not_seen_for_a_minute_is_asked_alone_by_a_short_packet()
    {
        using var run = Warm();
        Assert.That(run.FromLeft(FromHost(), at: 59.9).Passed);
        var large = FromHost() with { Payload = new byte[500] };
        Assert.That(run.FromLeft(large, at: 60).Frame, Is.EqualTo(Translated(large).Build()));
        Assert.That(run.FromLeft(FromHost(), at: 61).Frame,
            Is.EqualTo(Arp(1, Gateway, Virtual, Virtual, Outside, Gateway, NextHop)));
        Assert.That(run.FromLeft(FromHost(), at: 61.1).Frame, Is.EqualTo(Translated(FromHost()).Build()), "meanwhile");
        Assert.That(run.FromRight(Reply(Gateway, NextHop), at: 61.2).Frame, Is.EqualTo(Translated(FromHost()).Build()));
        Assert.That(run.FromLeft(FromHost(), at: 120).Frame, Is.EqualTo(Translated(FromHost()).Build()));
    }

    [Test]
    public void Long_packets_alone_ask_after_a_minute_and_a_half()
    {
        using var run = Warm();
        var large = FromHost() with { Payload = new byte[500] };
        Assert.That(run.FromLeft(large, at: 89.9).Frame, Is.EqualTo(Translated(large).Build()));
        Assert.That(run.FromLeft(large, at: 90).Frame,
            Is.EqualTo(Arp(1, Gateway, Virtual, Virtual, Outside, Gateway, NextHop)));
        Assert.That(run.FromLeft(large, at: 90.1).Frame, Is.EqualTo(Translated(large).Build()));
    }

    [Test]
    public void Who_answers_no_question_asked_alone_is_asked_for_anew()
    {
        using var run = Warm();
        for (var at = 60; at < 63; at++)
            Assert.That(run.FromLeft(FromHost(), at).Frame![..6], Is.EqualTo(new byte[] { 2, 0, 0, 0, 0xFE, 0 }));
        Assert.That(run.FromLeft(FromHost(), at: 63).Frame, Is.EqualTo(Question));
    }

    [Test]
    public void Packets_of_sessions_from_the_next_hop_show_that_it_is_there_and_change_state_once_a_second()
    {
        using var run = Warm();
        for (var at = 10; at <= 300; at += 10) run.FromRight(FromFar(), at);
        Assert.That(run.FromLeft(FromHost(), at: 301).Frame, Is.EqualTo(Translated(FromHost()).Build()));
        run.FromRight(FromFar(), at: 302);
        run.Block.ClearMarks();
        run.FromRight(FromFar(), at: 302.5);
        run.FromLeft(FromHost(), at: 302.6);
        Assert.That(run.Block.ChangedChunks, Is.Zero);

        // Of another station, or no session: nothing is shown.
        for (var at = 310; at <= 400; at += 10)
        {
            run.FromRight(FromFar() with { SourceMac = 0x0200_0000_7777 }, at);
            run.FromRight(FromFar() with { DestinationPort = 20_500 }, at);
        }

        Assert.That(run.FromLeft(FromHost(), at: 401).Frame![12..14], Is.EqualTo(new byte[] { 8, 6 }));
    }

    [Test]
    public void A_scan_from_inside_evicts_nobody_who_is_there()
    {
        using var run = Warm();
        var near = FromHost() with { Destination = "192.0.2.77" };
        run.FromLeft(near, at: 1);
        run.FromRight(Reply(0x0200_0000_4D4D, "192.0.2.77"), at: 1);
        for (var host = 100; host < 250; host++)
            run.FromLeft(FromHost() with { Destination = $"192.0.2.{host}" }, at: 2 + host * 0.001);
        Assert.That(run.Entries("neighbours"), Is.EqualTo(63), "one place is the next hop's");
        Assert.That(Arrives(near, at: 4) && Arrives(FromHost(), at: 4));
        // The newest of those that were asked for is not lost either.
        Assert.That(run.FromRight(Reply(0x0200_0000_F9F9, "192.0.2.249"), at: 2.3).TurnedBack, Is.False, "no place to park");
        Assert.That(Arrives(FromHost() with { Destination = "192.0.2.249" }, at: 4));
        run.Tick(at: 15);
        Assert.That(run.Entries("neighbours"), Is.EqualTo(3));

        bool Arrives(TestFrame frame, double at) => run.FromLeft(frame, at).Frame is { } sent && sent[12..14] is [8, 0];
    }

    [Test]
    public void When_the_table_is_full_of_hosts_that_are_there_new_ones_are_refused_but_not_the_next_hop()
    {
        using var run = Run();
        for (var host = 10; host < 73; host++)
        {
            run.FromLeft(FromHost() with { Destination = $"192.0.2.{host}" });
            run.FromRight(Reply(0x0200_0000_4D00 + (ulong)host, $"192.0.2.{host}"));
        }

        Assert.That(run.FromLeft(FromHost() with { Destination = "192.0.2.200" }).Dropped, Is.EqualTo(TableFull));
        Assert.That(run.FromLeft(FromHost()).Frame, Is.EqualTo(Question));
        run.FromRight(Reply(Gateway, NextHop));
        Assert.That(run.FromLeft(FromHost() with { Destination = "192.0.2.200" }, at: 60).Frame![12..14],
            Is.EqualTo(new byte[] { 8, 6 }), "who was not seen for a minute makes room");
        run.Tick(at: 1000);
        Assert.That(run.Entries("neighbours"), Is.EqualTo(1), "the next hop is never forgotten");
    }

    [Test]
    public void The_next_hop_makes_room_for_nobody()
    {
        using var run = Warm();
        for (var host = 10; host < 72; host++)
        {
            run.FromLeft(FromHost() with { Destination = $"192.0.2.{host}" }, at: 1);
            run.FromRight(Reply(0x0200_0000_4D00 + (ulong)host, $"192.0.2.{host}"), at: 1);
        }

        Assert.That(run.FromLeft(FromHost() with { Destination = "192.0.2.200" }, at: 62).Passed);
        Assert.That(run.Entries("neighbours"), Is.EqualTo(63), "one that was seen later made room");
        Assert.That(run.State("neighbours[fe0200c0]").Count(), Is.EqualTo(1));
    }

    [Test]
    public void A_neighbour_never_gets_what_waits_for_another()
    {
        using var run = Warm();
        run.FromLeft(FromHost() with { Destination = "192.0.2.77" });
        Assert.That(run.FromRight(Reply(Gateway, NextHop)).Dropped, Is.EqualTo(Consumed));
        Assert.That(run.FromRight(Reply(0x0200_0000_4D4D, "192.0.2.77")).TurnedBack);
    }

    [Test]
    public void Only_sixteen_packets_wait_and_the_others_ask_all_the_same()
    {
        using var run = Run();
        for (var host = 10; host < 30; host++)
            Assert.That(run.FromLeft(FromHost() with { Destination = $"192.0.2.{host}" }).Passed);
        var sent = 0;
        for (var host = 10; host < 30; host++)
        {
            var answer = run.FromRight(Reply(0x0200_0000_4D00 + (ulong)host, $"192.0.2.{host}"));
            if (answer.TurnedBack) sent++;
        }

        Assert.That(sent, Is.EqualTo(16));
        // The places are free again.
        Assert.That(run.FromLeft(FromHost()).Frame, Is.EqualTo(Question));
        Assert.That(run.FromRight(Reply(Gateway, NextHop)).TurnedBack);
    }
}
