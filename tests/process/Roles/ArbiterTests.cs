using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>Two nodes and an arbiter: silence stops nothing, and there is one ruler.</summary>
public sealed class ArbiterTests : RoleFixture
{
    [Test]
    public void A_standby_that_dies_silently_does_not_stop_the_chain()
    {
        var (cluster, _) = MakeArbitratedCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        LetPacketsPass(cluster.A);
        cluster.B.Kill();
        cluster.A.WaitFor("goes on", s => s is { Role: "Ruling", Protected: false, Blocked: false, ArbiterConnected: true });
        LetPacketsPass(cluster.A);
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        AssertGood(failover.Finish());
    }

    [Test]
    public void Behind_a_cut_link_one_rules_and_goes_on()
    {
        var (cluster, arbiter) = MakeArbitratedCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < 4; round++)
        {
            LetPacketsPass(cluster.WaitForRuler());
            Link.Cut();
            var holder = WaitForUnprotectedRuler(cluster);
            LetPacketsPass(holder);
            Assert.That(arbiter.Status(), Does.Contain($"node {holder.Name} rules"));
            Assert.That(cluster.Other(holder).Status() is { Role: "Ruling", Blocked: false }, Is.False, "one rules");
            Link.Heal();
            Assert.That(cluster.WaitForRuler().Name, Is.EqualTo(holder.Name));
        }

        AssertGood(failover.Finish());
    }

    [Test]
    public void Without_the_arbiter_nobody_acts_and_with_it_the_heir_does()
    {
        var (cluster, arbiter) = MakeArbitratedCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        LetPacketsPass(cluster.WaitForRuler());
        arbiter.Kill();
        cluster.B.WaitFor("misses the arbiter", s => s.ArbiterConnected == false);
        cluster.A.Kill();
        Thread.Sleep(4 * Detect);
        Assert.That(cluster.B.Status()!.Role, Is.EqualTo("Eligible"));
        arbiter.Start();
        WaitForFirstOut(cluster, cluster.B);
        cluster.A.Start();
        AssertGood(failover.Finish());
    }

    [Test]
    public void An_arbiter_that_lost_its_disk_learns_from_the_ruler_what_it_has_to_know()
    {
        var (cluster, arbiter) = MakeArbitratedCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        LetPacketsPass(cluster.WaitForRuler());
        arbiter.Kill();
        arbiter.LoseDisk();
        arbiter.Start();
        arbiter.WaitFor("node b in life");
        cluster.A.Kill();
        WaitForFirstOut(cluster, cluster.B);
        cluster.A.Start();
        AssertGood(failover.Finish());
    }

    private (DemoCluster Cluster, ArbiterProcess Arbiter) MakeArbitratedCluster()
    {
        var port = LoopbackPorts.Next();
        var arbiter = Own(new ArbiterProcess(Programs, DirectoryOfTest, port));
        arbiter.Start();
        return (MakeLinkedCluster($"\"onSilence\": \"arbiter\", \"arbiter\": \"127.0.0.1:{port}\""), arbiter);
    }

    private static DemoNode WaitForUnprotectedRuler(DemoCluster cluster)
    {
        DemoNode? found = null;
        Assert.That(() => (found = new[] { cluster.A, cluster.B }.FirstOrDefault(
            node => node.Status() is { Role: "Ruling", Protected: false, Blocked: false })) is not null, Is.True.After(30_000, 5));
        return found!;
    }
}
