using System.Diagnostics;
using Holdfast.NfLib.Rings;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>The root between the replicator's word, its chain and its ports.</summary>
public sealed class RootTests
{
    [Test]
    public void A_new_ruler_without_a_standby_has_nothing_to_do_and_may_sleep()
    {
        using var bench = new RootBench().Rule(checkpoint: 17);
        Assert.That(bench.Root.IsRuling, Is.True);
        Assert.That(bench.Root.HasWork, Is.False);
    }

    [Test]
    public void A_ruler_whose_joiner_was_dropped_may_sleep()
    {
        using var bench = new RootBench().Rule().Protect();
        bench.Board.RequestMode(ReplicationMode.Joining);
        for (var i = 0; i < 3; i++) bench.Step(RootBench.MaxInterval);
        bench.Board.RequestMode(ReplicationMode.Alone);
        bench.Step();
        Assert.That(bench.Root.HasWork, Is.False);
    }

    [Test]
    public void A_rule_that_waits_is_work()
    {
        using var bench = new RootBench();
        bench.Board.Begin(new Rule(new Term(1, new NodeId(1)), RuleOrigin.TookOver, 1, 1, 1), continues: false);
        Assert.That(bench.Root.HasWork, Is.True, "or a takeover that crosses the root's way to sleep waits for its next tick");
    }

    [TestCase(1, 0)]
    [TestCase(0, 1)]
    public void A_lone_NF_is_woken_by_packets_of_either_side(int left, int right)
    {
        using var bench = new RootBench().Rule();
        bench.FunctionBell.AnnounceSleep();
        (bench.Left.Waiting, bench.Right.Waiting) = (left, right);
        bench.Step(functionHangs: true).Step(functionHangs: true); // it rings when it has nothing more for it
        var began = Stopwatch.GetTimestamp();
        bench.FunctionBell.Sleep();
        Assert.That(Stopwatch.GetElapsedTime(began).TotalMilliseconds, Is.LessThan(Doorbell.MaxSleepMilliseconds), "it was rung");
    }

    [Test]
    public void After_the_life_has_ended_nothing_is_received_or_released()
    {
        using var bench = new RootBench().Rule();
        bench.Left.Waiting = 2;
        bench.Step(functionHangs: true);
        bench.Board.EndLife();
        bench.Left.Waiting = 1;
        bench.Step();
        Assert.That(bench.Right.Sent, Is.Empty);
        Assert.That(bench.Left.Waiting, Is.EqualTo(1));
        Assert.That(bench.Root.HasWork, Is.False);
    }
}
