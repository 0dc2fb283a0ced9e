using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>The operator's planned change of ruler.</summary>
public sealed class SwitchoverTests : ClusterFixture
{
    [Test]
    public void A_switchover_under_traffic_loses_nothing_and_can_be_turned_back()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < 6; round++)
        {
            Thread.Sleep(300);
            var ruler = cluster.WaitForRuler();
            var heir = cluster.Other(ruler);
            Assert.That(ruler.Ask(new ControlRequest("switchover")).Error, Is.Null);
            WaitForFirstOut(cluster, heir);
            heir.WaitFor("rules", s => s.Role == "Ruling");
            Assert.That(ruler.WaitFor("joined its successor", s => s.Role == "Eligible").HasFrozenState, Is.False, "it has what is newer");
        }

        var run = failover.Finish();
        AssertGood(run);
        Assert.That(((long)run.Verdict["lostInputs"]!, (long)run.Verdict["lostOutputs"]!), Is.EqualTo((0L, 0L)), "planned, so nothing is lost");
    }

    [Test]
    public void Who_can_not_hand_over_says_why()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        DemoCluster.WaitUntilRuling(cluster.A);
        Assert.That(cluster.A.Ask(new ControlRequest("switchover")).Error, Does.Contain("no standby that may take over"));
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        Assert.That(cluster.B.Ask(new ControlRequest("switchover")).Error, Does.Contain("say it to the one that rules"));
        cluster.B.Kill();
        cluster.A.WaitFor("is blocked", s => s.Blocked);
        Assert.That(cluster.A.Ask(new ControlRequest("switchover")).Error, Does.Contain("needs both nodes"));
    }
}
