using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>A fresh process is warmed up on the way that real packets go.</summary>
public sealed class NatWarmUpTests
{
    [Test]
    public void Warm_up_packets_are_translated_both_ways([Values("bump", "router", "no next hop")] string kind)
    {
        var nat = new Nat(kind switch
        {
            "bump" => NatTests.Settings,
            "router" => TestRouter.Settings,
            _ => TestRouter.Settings with { Routing = TestRouter.Settings.Routing! with { NextHop = 0 } },
        });
        using var run = new NfRun(nat);
        var outcomes = new List<Outcome>();
        for (var round = 0; round < 3; round++)
        {
            foreach (var (fromLeft, frame) in nat.WarmUpFrames)
                outcomes.Add(fromLeft ? run.FromLeft(frame) : run.FromRight(frame));
        }

        var passed = outcomes.Count(o => o.Passed && o.Frame![12..14] is [8, 0]);
        Assert.That(passed, Is.GreaterThan(outcomes.Count / 2));
        Assert.That(outcomes.Count(o => o.TurnedBack), kind == "bump" ? Is.Zero : Is.GreaterThan(3), "ARP");
        Assert.That(run.Entries("sessions"), Is.EqualTo(1));
    }
}
