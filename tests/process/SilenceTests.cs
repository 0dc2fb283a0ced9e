using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>Nodes that live but can't be heard: stopped ones and cut links. The heir goes on, and the other yields.</summary>
public sealed class SilenceTests : ClusterFixture
{
    [Test]
    public void A_stopped_primary_is_succeeded_and_yields_when_it_wakes()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < 4; round++)
        {
            Thread.Sleep(300);
            var ruler = cluster.WaitForRuler();
            var heir = cluster.Other(ruler);
            ruler.Signal(Signum.SIGSTOP);
            WaitForFirstOut(cluster, heir);
            Thread.Sleep(100 * round);
            ruler.Signal(Signum.SIGCONT);
            ruler.WaitFor("was demoted and may take over again", s => s.Role == "Eligible");
        }

        AssertGood(failover.Finish());
    }

    [Test]
    public void A_stopped_standby_shuts_the_latch_until_it_wakes()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        cluster.B.Signal(Signum.SIGSTOP);
        var blocked = cluster.A.WaitFor("is blocked", s => s.Blocked);
        Thread.Sleep(300);
        var later = cluster.A.Status()!;
        Assert.That(later.Right.Released, Is.EqualTo(blocked.Right.Released), "packets left although no standby had prepared them");
        Assert.That(later.Role, Is.EqualTo("Ruling"));
        cluster.B.Signal(Signum.SIGCONT);
        DemoCluster.WaitUntilProtected(cluster.A);
        cluster.A.WaitFor("releases again", s => s.Right.Released > later.Right.Released);
        AssertGood(failover.Finish());
    }

    [Test]
    public void A_cut_link_between_living_nodes_makes_one_ruler()
    {
        int a = LoopbackPorts.Next(), b = LoopbackPorts.Next(), fromA = LoopbackPorts.Next(), fromB = LoopbackPorts.Next();
        var link = Own(new LinkProxy(fromA, b, fromB, a));
        var cluster = MakeCluster(ports: (a, b), proxied: (fromA, fromB));
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < 4; round++)
        {
            Thread.Sleep(300);
            var ruler = cluster.WaitForRuler();
            var heir = cluster.Other(ruler);
            link.Cut();
            WaitForFirstOut(cluster, heir);
            // Both think that they rule now; the old one's latch is shut, because its heir does not answer.
            var old = ruler.WaitFor("is blocked", s => s.Blocked);
            Thread.Sleep(100);
            Assert.That(ruler.Status()!.Right.Released, Is.EqualTo(old.Right.Released));
            link.Heal();
            ruler.WaitFor("yielded and may take over again", s => s.Role == "Eligible");
        }

        AssertGood(failover.Finish());
    }
}
