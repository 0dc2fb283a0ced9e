using Holdfast.Chains.Firewall;
using Holdfast.NfLib.Headers;
using Holdfast.Tests.Unit.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>What real programs sent to each other, all of it begun by the client on the left.</summary>
public sealed class RecordedTrafficTests
{
    private const ulong ServerMac = 0x0200_0000_000A;

    [Test]
    public void No_frame_is_malformed()
    {
        foreach (var frame in MixedCapture.Frames())
        {
            var isFine = PacketHeaders.TryParse(frame, out var headers);
            Assert.That(isFine, $"{headers.Defect}: {Convert.ToHexString(frame)}");
        }
    }

    [Test]
    public void The_firewall_lets_everything_pass_but_what_the_server_began()
    {
        using var run = new NfRun(new Firewall(new FirewallSettings()));
        var refused = 0;
        foreach (var frame in MixedCapture.Frames())
        {
            var fromRight = MacAddress.SourceOf(frame) == ServerMac;
            var outcome = fromRight ? run.FromRight(frame) : run.FromLeft(frame);
            if (outcome.Passed) continue;
            // Multicast listener reports, which are not neighbour discovery and answer nothing.
            Assert.That(PacketHeaders.TryParse(frame, out var headers));
            Assert.That((fromRight, headers.IcmpKind), Is.EqualTo((true, IcmpKind.Other)), Convert.ToHexString(frame));
            refused++;
        }

        Assert.That(refused, Is.LessThan(10));
    }
}
