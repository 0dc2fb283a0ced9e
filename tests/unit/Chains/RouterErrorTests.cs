using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.NfLib.Functions.DropReason;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>The NAT as a router takes a hop of every packet's life, and reports what can't go on.</summary>
public sealed class RouterErrorTests
{
    [Test]
    public void A_packet_whose_life_ends_here_is_reported_to_its_sender([Values] bool fromLeft)
    {
        using var run = Warm();
        var frame = (fromLeft ? FromHost() : FromFar()) with { Ttl = 1, Options = [1, 1, 1, 0] };
        var outcome = fromLeft ? run.FromLeft(frame) : run.FromRight(frame);
        Assert.That(outcome.TurnedBack);
        Assert.That(outcome.Frame, Is.EqualTo(ErrorTo(frame, type: 11, code: 0).Build()));
        frame = frame with { Ttl = 2 };
        outcome = fromLeft ? run.FromLeft(frame) : run.FromRight(frame);
        Assert.That(outcome.Passed);
        Assert.That(outcome.Frame![22], Is.EqualTo(1));
        Assert.That(LongChecksum.Residuals(outcome.Frame), Is.EqualTo(LongChecksum.Residuals(frame.Build())));
    }

    [Test]
    public void An_error_quotes_at_most_576_bytes_and_no_padding()
    {
        using var run = Warm();
        var large = FromHost() with { Ttl = 1, Payload = [.. Enumerable.Range(0, 1400).Select(i => (byte)i)] };
        var error = run.FromLeft(large).Frame!;
        Assert.That(error, Has.Length.EqualTo(14 + 576));
        Assert.That(error, Is.EqualTo(ErrorTo(large, 11, 0, quoted: 548).Build()));
        var padded = FromHost() with { Ttl = 1, Padding = 20 };
        Assert.That(run.FromLeft(padded).Frame, Is.EqualTo(ErrorTo(padded, 11, 0).Build()));
    }

    [Test]
    public void There_is_no_error_about_errors_nor_about_what_nobody_asked_for()
    {
        using var run = Warm();
        var received = run.FromRight(FromFar()).Frame!;
        var error = TestFrame.Error(received, HostAddress, "198.51.100.7") with
        {
            SourceMac = Host,
            DestinationMac = Virtual,
            Ttl = 1,
        };
        Assert.That(run.FromLeft(error).Dropped, Is.EqualTo(Expired));
        Assert.That(run.FromLeft(error with { Ttl = 2 }).Passed);
        Assert.That(run.FromRight(FromFar() with { Ttl = 1, DestinationPort = 20_500 }).Dropped, Is.EqualTo(NoSession),
            "what has no session is not answered at all");
        Assert.That(run.FromLeft(FromHost() with { Ttl = 1, Fragment = 5 }).Dropped, Is.EqualTo(DropReason.Fragment));
        Assert.That(run.FromLeft(FromHost() with { Ttl = 1, Destination = "224.0.0.5" }).Dropped,
            Is.EqualTo(Unsupported));
        Assert.That(run.FromLeft(FromHost() with { Ttl = 0 }).TurnedBack, "not 255 more hops");
    }

    [Test]
    public void A_packet_that_is_reported_opens_no_session()
    {
        using var run = Run();
        Assert.That(run.FromLeft(FromHost() with { Ttl = 1 }).TurnedBack);
        Assert.That(run.Entries("sessions"), Is.Zero);
    }

    [Test]
    public void Errors_are_twenty_at_once_and_then_a_hundred_a_second()
    {
        using var run = Warm();
        var dying = FromHost() with { Ttl = 1 };
        var reported = Enumerable.Range(0, 100).Count(_ => run.FromLeft(dying, at: 1).TurnedBack);
        Assert.That(reported, Is.EqualTo(20));
        reported = Enumerable.Range(0, 1000).Count(i => run.FromLeft(dying, at: 1 + i * 0.001).TurnedBack);
        Assert.That(reported, Is.InRange(98, 101));
    }

    [Test]
    public void When_ports_are_out_new_sessions_are_prohibited_and_others_go_on()
    {
        using var run = new NfRun(new Nat(Settings with { Sessions = 1 }));
        run.FromLeft(FromHost());
        run.FromRight(Reply(Gateway, NextHop));
        var refused = FromHost() with { SourcePort = 1001 };
        Assert.That(run.FromLeft(refused).Frame, Is.EqualTo(ErrorTo(refused, type: 3, code: 13).Build()));
        Assert.That(run.FromLeft(FromHost()).Passed);
        Assert.That(run.FromRight(FromFar()).Passed);
    }

    [Test]
    public void Errors_of_others_cross_with_a_hop_less()
    {
        using var run = Warm();
        var sent = run.FromLeft(FromHost()).Frame!;
        var error = TestFrame.Error(sent, "203.0.113.1", Outside) with { SourceMac = Gateway, DestinationMac = Virtual };
        // The host sees its own packet as it was when the far router got it.
        var quoted = FromHost() with { Ttl = 62 };
        var expected = TestFrame.Error(quoted.Build(), "203.0.113.1", HostAddress) with
        {
            SourceMac = Virtual,
            DestinationMac = Host,
            Ttl = 62,
        };
        Assert.That(run.FromRight(error).Frame, Is.EqualTo(expected.Build()));
    }

    /// <summary>The error that the router sends about a frame; on its header are the precedence and don't-fragment bits
    /// that <see cref="TestFrame"/> has no names for.</summary>
    internal static RouterError ErrorTo(TestFrame about, byte type, byte code, int quoted = int.MaxValue)
    {
        var padded = about.Build();
        var own = about.Source == HostAddress ? Inside : Outside;
        var error = TestFrame.Error(padded[..^about.Padding], own, about.Source, type, code, quoted) with
        {
            SourceMac = Virtual,
            DestinationMac = about.SourceMac,
            Ttl = 64,
            Fragment = 0x4000,
        };
        return new RouterError(error);
    }

    internal sealed record RouterError(TestFrame Frame)
    {
        public byte[] Build()
        {
            var frame = Frame.Build();
            // Service 0xC0, identification 0, and no second word in the ICMP header (there is a sequence number 1).
            frame[15] = 0xC0;
            (frame[18], frame[19], frame[41]) = (0, 0, 0);
            Fix(frame.AsSpan(14, 20), 10);
            Fix(frame.AsSpan(34), 2);
            return frame;
        }

        private static void Fix(Span<byte> covered, int at)
        {
            covered.Slice(at, 2).Clear();
            LongChecksum.Of(covered.ToArray()).CopyTo(covered[at..]);
        }
    }
}
