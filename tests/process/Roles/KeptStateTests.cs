using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>A node that was succeeded keeps its state until it may take over again: the best that is left if its successor dies.</summary>
public sealed class KeptStateTests : RoleFixture
{
    [Test]
    public void It_rules_again_when_its_successor_comes_back_empty()
    {
        var cluster = MakeLinkedCluster("");
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        var (first, successor) = SucceedAndKill(cluster);
        var again = first.WaitFor("rules again", s => s.Role == "Ruling" && s.StateWasLost);
        Assert.That(again.Events, Has.Some.Contains("rules again with the state it had when it was succeeded"));
        DemoCluster.WaitUntilProtected(first);
        LetPacketsPass(first);
        // And what it has now is what its next successor goes on with.
        first.Kill();
        successor.WaitFor("rules", s => s.Role == "Ruling");
        first.Start();
        AssertNothingWrong(failover.Finish(), statesLost: 1);
    }

    [Test]
    public void Where_the_operator_wants_to_decide_it_waits_for_a_word()
    {
        var cluster = MakeLinkedCluster("\"onStateLoss\": \"wait\"");
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        var (first, _) = SucceedAndKill(cluster);
        var waiting = first.WaitFor("waits", s => s.HasFrozenState && s.Summary.Contains("LOST", StringComparison.Ordinal));
        Assert.That(waiting.Summary, Does.Contain("nfmgr continue --unprotected"));
        Thread.Sleep(500);
        Assert.That(first.Status()!.Role, Is.Not.EqualTo("Ruling"));
        Assert.That(first.Ask(new ControlRequest("continue", PeerIsOff: true)).Error, Is.Null);
        DemoCluster.WaitUntilProtected(first);
        AssertNothingWrong(failover.Finish(), statesLost: 1);
    }

    /// <summary>The heir takes over behind a cut link, rules, and is killed; when the first ruler hears of it, it is empty.</summary>
    private (DemoNode First, DemoNode Successor) SucceedAndKill(DemoCluster cluster)
    {
        var first = cluster.WaitForRuler();
        var successor = cluster.Other(first);
        LetPacketsPass(first);
        Link.Cut();
        successor.WaitFor("rules", s => s.Role == "Ruling");
        LetPacketsPass(successor);
        successor.Kill();
        successor.Start();
        successor.WaitFor("is empty", s => s.Role == "Starting");
        Link.Heal();
        return (first, successor);
    }
}
