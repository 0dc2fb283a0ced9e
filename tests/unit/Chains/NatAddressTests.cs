using Holdfast.NfLib.Functions;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>The NAT as a router owns an address on each side, and frames are for it or not its business.</summary>
public sealed class NatAddressTests
{
    [Test]
    public void It_answers_for_its_address_on_each_side()
    {
        using var run = Run();
        var outside = run.FromRight(Request(Gateway, NextHop, Outside));
        Assert.That(outside.TurnedBack);
        Assert.That(outside.Frame, Is.EqualTo(Arp(2, Gateway, Virtual, Virtual, Outside, Gateway, NextHop)));
        var inside = run.FromLeft(Request(Host, HostAddress, Inside));
        Assert.That(inside.TurnedBack);
        Assert.That(inside.Frame, Is.EqualTo(Arp(2, Host, Virtual, Virtual, Inside, Host, HostAddress)));
        // Asked alone, as a host does that checks whether it is still there.
        Assert.That(run.FromRight(Request(Gateway, NextHop, Outside, Virtual)).TurnedBack);
    }

    [Test]
    public void It_answers_a_probe_for_its_address()
    {
        using var run = Run();
        var probed = run.FromRight(Request(Gateway, "0.0.0.0", Outside));
        Assert.That(probed.Frame, Is.EqualTo(Arp(2, Gateway, Virtual, Virtual, Outside, Gateway, "0.0.0.0")));
    }

    [Test]
    public void ARP_about_others_neither_crosses_nor_is_answered()
    {
        using var run = Run();
        Assert.Multiple(() =>
        {
            Assert.That(run.FromRight(Request(Gateway, NextHop, "192.0.2.9")).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(Request(Gateway, NextHop, Inside)).Dropped, Is.EqualTo(Policy), "other side's");
            Assert.That(run.FromLeft(Request(Host, HostAddress, "10.0.1.9")).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromLeft(Request(Host, HostAddress, Outside)).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(Request(Gateway, NextHop, Outside, 0x0200_0000_7777)).Dropped,
                Is.EqualTo(Policy), "a copy of what is for another station");
            Assert.That(run.FromRight(Request(Virtual, Outside, Outside)).Dropped, Is.EqualTo(Policy), "our own");
            Assert.That(run.FromRight(Reply(Gateway, NextHop)).Dropped, Is.EqualTo(Policy), "nobody asked");
        });
    }

    [Test]
    public void ARP_that_makes_no_sense_is_dropped()
    {
        using var run = Run();
        var sound = Request(Gateway, NextHop, Outside);
        Assert.Multiple(() =>
        {
            // Hardware type, protocol type, their lengths, operation, the sender's group bit.
            foreach (var (at, value) in new[] { (15, 6), (16, 0x86), (18, 8), (19, 16), (21, 3), (22, 0x01) })
            {
                byte[] broken = [.. sound];
                broken[at] = (byte)value;
                Assert.That(run.FromRight(broken).Dropped, Is.EqualTo(Malformed), $"byte {at}");
            }

            Assert.That(run.FromRight(sound[..41]).Dropped, Is.EqualTo(Malformed));
            Assert.That(run.FromRight(sound[..42]).TurnedBack);
        });
    }

    [Test]
    public void Who_claims_its_address_is_told_and_counted_but_not_more_often_than_every_ten_seconds([Values] bool left)
    {
        using var run = Run();
        var address = left ? Inside : Outside;
        var claim = Request(0x0200_0000_6666, address, address);
        var announcement = Arp(1, Everybody, Virtual, Virtual, address, 0, address);
        var first = Enter(1);
        Assert.That((first.TurnedBack, first.Frame), Is.EqualTo((true, announcement)));
        Assert.That(Enter(10.9).Dropped, Is.EqualTo(Policy));
        Assert.That(Enter(11).Frame, Is.EqualTo(announcement));
        Assert.That(run.State($"conflicts[{(left ? 0 : 1)}] = 03").Count(), Is.EqualTo(1));

        Outcome Enter(double at) => left ? run.FromLeft(claim, at) : run.FromRight(claim, at);
    }

    [Test]
    public void It_answers_pings_to_its_addresses()
    {
        using var run = Run();
        var ping = TestFrame.Echo() with { SourceMac = Host, DestinationMac = Virtual, Source = HostAddress };
        foreach (var own in new[] { Inside, Outside })
            ExpectPong(run.FromLeft(ping with { Destination = own }), ping, own, Host, HostAddress);
        var far = ping with { SourceMac = Gateway, Source = "198.51.100.7" };
        ExpectPong(run.FromRight(far with { Destination = Outside }), far, Outside, Gateway, "198.51.100.7");
        Assert.That(run.FromRight(far with { Destination = Inside }).Dropped, Is.EqualTo(NoSession));
        Assert.That(run.FromRight(far with { Destination = Outside, Fragment = 0x2000 }).Dropped,
            Is.EqualTo(NoSession), "a part of one");
        Assert.That(run.FromRight(far with { Destination = Outside, Options = [131, 3, 4, 0] }).Dropped,
            Is.EqualTo(Unsupported), "source-routed");

        static void ExpectPong(Outcome outcome, TestFrame ping, string own, ulong mac, string address)
        {
            Assert.That(outcome.TurnedBack);
            Assert.That(outcome.Frame, Is.EqualTo((ping with
            {
                SourceMac = Virtual,
                DestinationMac = mac,
                Source = own,
                Destination = address,
                IcmpType = 0,
                Ttl = 64,
            }).Build()));
        }
    }

    [Test]
    public void It_takes_only_IPv4_frames_that_are_for_it()
    {
        using var run = Warm();
        Assert.Multiple(() =>
        {
            Assert.That(run.FromLeft(FromHost()).Passed);
            Assert.That(run.FromRight(FromFar()).Passed);
            Assert.That(run.FromLeft(FromHost() with { DestinationMac = 0x0200_0000_7777 }).Dropped,
                Is.EqualTo(Policy));
            Assert.That(run.FromRight(FromFar() with { DestinationMac = 0x0200_0000_7777 }).Dropped,
                Is.EqualTo(Policy));
            Assert.That(run.FromLeft(FromHost() with { DestinationMac = Everybody }).Dropped, Is.EqualTo(Unsupported));
            Assert.That(run.FromLeft(FromHost() with { VlanTypes = [0x8100] }).Dropped, Is.EqualTo(Unsupported));
        });
    }

    [Test]
    public void It_takes_nothing_from_whom_can_not_have_sent_it()
    {
        using var run = Warm();
        Assert.Multiple(() =>
        {
            foreach (var source in new[] { "0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255", Inside, Outside })
            {
                Assert.That(run.FromLeft(FromHost() with { Source = source }).Dropped, Is.EqualTo(Policy), source);
                Assert.That(run.FromRight(FromFar() with { Source = source }).Dropped, Is.EqualTo(Policy), source);
            }

            foreach (var all in new[] { "10.0.1.0", "10.0.1.255" })
                Assert.That(run.FromLeft(FromHost() with { Source = all }).Dropped, Is.EqualTo(Policy), all);
            Assert.That(run.FromRight(FromFar() with { Source = "192.0.2.255" }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromLeft(FromHost() with { Source = "192.0.2.9" }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromRight(FromFar() with { Source = HostAddress }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromLeft(FromHost() with { SourceMac = 0x0300_0000_0001 }).Dropped, Is.EqualTo(Policy));
            Assert.That(run.FromLeft(FromHost() with { Destination = "10.0.1.11" }).Dropped, Is.EqualTo(Policy),
                "hosts of a segment reach each other without a router");
            Assert.That(run.FromLeft(FromHost() with { Destination = "192.0.2.255" }).Dropped, Is.EqualTo(Unsupported));
            Assert.That(run.FromLeft(FromHost() with { Destination = Inside }).Dropped, Is.EqualTo(NoSession));
        });
    }

    [Test]
    public void What_is_neither_IPv4_nor_ARP_is_bridged()
    {
        using var run = Run();
        var ipv6 = TestFrame.Echo6().Build();
        var other = new byte[60];
        (other[12], other[13]) = (0x88, 0xCC);
        foreach (var frame in new[] { ipv6, other })
        {
            Assert.That((run.FromLeft(frame).Frame, run.FromRight(frame).Frame), Is.EqualTo((frame, frame)));
        }
    }
}
