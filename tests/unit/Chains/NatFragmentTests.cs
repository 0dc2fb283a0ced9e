using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>Fragments cross in order, the first one first (RFC 4787 REQ-14 in part).</summary>
public sealed class NatFragmentTests
{
    private const ushort More = 0x2000;

    private static TestFrame First => new() { Fragment = More };

    // What stands behind the IP header is payload, and is to stay.
    private static TestFrame Second => new() { Fragment = More | 1, NoUdpChecksum = true };

    private static TestFrame Last => new() { Fragment = 2, NoUdpChecksum = true };

    [Test]
    public void Outbound_fragments_follow_the_first()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        Assert.That(run.FromLeft(Last).Dropped, Is.EqualTo(Fragment), "what comes before the first can't be kept");
        Assert.That(run.FromLeft(First).Frame,
            Is.EqualTo((First with { Source = "192.0.2.1", SourcePort = 20_000 }).Build()));
        foreach (var later in new[] { Second, Last })
            Assert.That(run.FromLeft(later).Frame, Is.EqualTo((later with { Source = "192.0.2.1" }).Build()));
    }

    [Test]
    public void Inbound_fragments_follow_the_first()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame());
        var (first, last) = (Inbound(First), Inbound(Last));
        Assert.That(run.FromRight(last).Dropped, Is.EqualTo(Fragment));
        Assert.That(run.FromRight(first).Frame,
            Is.EqualTo((first with { Destination = "10.0.0.1", DestinationPort = 1000 }).Build()));
        Assert.That(run.FromRight(last).Frame, Is.EqualTo((last with { Destination = "10.0.0.1" }).Build()));

        static TestFrame Inbound(TestFrame frame) => frame with
        {
            Source = "198.51.100.7",
            SourcePort = 53,
            Destination = "192.0.2.1",
            DestinationPort = 20_000,
        };
    }

    [Test]
    public void Only_fragments_of_the_same_packet_follow()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(First);
        Assert.Multiple(() =>
        {
            Assert.That(run.FromLeft(Last with { Source = "10.0.0.2" }).Dropped, Is.EqualTo(Fragment));
            Assert.That(run.FromLeft(Last with { Destination = "198.51.100.8" }).Dropped, Is.EqualTo(Fragment));
            Assert.That(run.FromLeft(Last with { Protocol = 6 }).Dropped, Is.EqualTo(Fragment));
            var other = Last.Build();
            other[19] ^= 1;
            Assert.That(run.FromLeft(other).Dropped, Is.EqualTo(Fragment), "identification");
            Assert.That(run.FromRight(Last with { Destination = "192.0.2.1" }).Dropped, Is.EqualTo(Fragment),
                "other direction");
            Assert.That(run.FromLeft(Last, at: 4.9).Passed);
            Assert.That(run.FromLeft(Last, at: 5).Dropped, Is.EqualTo(Fragment), "too late");
        });
    }

    [Test]
    public void A_flood_of_first_fragments_takes_the_oldest_places_and_no_session()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        for (var host = 1; host <= 40; host++) run.FromLeft(First with { Destination = $"198.51.100.{host}" }, host);
        var passed = Enumerable.Range(1, 40)
            .Where(host => run.FromLeft(Last with { Destination = $"198.51.100.{host}" }, 41).Passed);
        Assert.That(passed, Is.EqualTo(new[] { 37, 38, 39, 40 }), "and only what is young");
        Assert.That(run.Entries("sessions"), Is.EqualTo(1));
        for (var host = 1; host <= 40; host++) run.FromLeft(First with { Destination = $"198.51.100.{host}" }, 50);
        Assert.That(Enumerable.Range(1, 40)
            .Count(host => run.FromLeft(Last with { Destination = $"198.51.100.{host}" }, 50).Passed), Is.EqualTo(32));
    }

    [Test]
    public void Fragments_of_what_is_not_translated_do_not_cross()
    {
        using var run = new NfRun(new Nat(NatTests.Settings));
        run.FromLeft(new TestFrame());
        Assert.That(run.FromLeft(First with { Destination = "192.0.2.1", DestinationPort = 20_000 }).Dropped,
            Is.EqualTo(Fragment), "none turns back");
        Assert.That(run.FromRight(First with { Destination = "192.0.2.1", DestinationPort = 20_500 }).Dropped,
            Is.EqualTo(NoSession));
        Assert.That(run.FromRight(Last with { Destination = "192.0.2.1" }).Dropped, Is.EqualTo(Fragment));
    }

    [Test]
    public void A_router_sends_them_on_like_any_other()
    {
        using var run = TestRouter.Warm();
        var (first, last) = (Of(First), Of(Last));
        Assert.That(run.FromLeft(first).Frame, Is.EqualTo(TestRouter.Translated(first).Build()));
        Assert.That(run.FromLeft(last).Frame, Is.EqualTo(TestRouter.Translated(last, port: 1000).Build()));
        Assert.That(run.FromLeft(last with { Ttl = 1 }).Dropped, Is.EqualTo(Expired), "no error about later ones");

        static TestFrame Of(TestFrame frame) =>
            TestRouter.FromHost() with { Fragment = frame.Fragment, NoUdpChecksum = true };
    }
}
