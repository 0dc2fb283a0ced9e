using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>What an operator sees and does: lost standbys, lost NFs, cold starts, orderly stops, the operator's word.</summary>
public sealed class OperationTests : ClusterFixture
{
    [Test]
    public void Without_batch_commit_a_dead_NF_lets_the_peer_take_over_and_the_node_joins_anew()
    {
        var cluster = MakeCluster();
        cluster.AddToChain("\"batchCommit\": false");
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        var nat = cluster.A.Status()!.Functions.Single(f => f.Name == "nat").ProcessId;
        Assert.That(Mono.Unix.Native.Syscall.kill(nat, Mono.Unix.Native.Signum.SIGKILL), Is.Zero);
        WaitForFirstOut(cluster, cluster.B);
        var joined = cluster.A.WaitFor("joined anew", s => s.Role == "Eligible");
        Assert.That(joined.Lives, Is.EqualTo(2));
        Assert.That(joined.Events, Has.Some.Contains("NF nat").And.Contains("killed by signal 9"));
        AssertGood(failover.Finish());
    }

    [Test]
    public void A_killed_standby_blocks_the_ruler_until_its_next_life_proves_its_death()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        cluster.B.Kill();
        cluster.A.WaitFor("is blocked", s => s.Blocked && s.Term == 1);
        cluster.B.Start();
        var safe = cluster.A.WaitFor("is protected again", s => s.Protected);
        Assert.That(safe.Term, Is.EqualTo(2), "going on alone takes a new term");
        Assert.That(safe.Events, Has.Some.Contains("UNPROTECTED").And.Contains("started anew"));
        AssertGood(failover.Finish());
    }

    [Test]
    public void The_operators_word_lets_a_blocked_ruler_go_on_and_must_be_confirmed()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        Assert.That(cluster.A.Ask(new ControlRequest("continue", PeerIsOff: true)).Error, Does.Contain("connected and alive"));
        cluster.B.Kill();
        var blocked = cluster.A.WaitFor("is blocked", s => s.Blocked);
        Assert.That(cluster.A.Ask(new ControlRequest("continue")).Error, Does.Contain("--peer-is-off"));
        Assert.That(cluster.A.Ask(new ControlRequest("continue", PeerIsOff: true)).Error, Is.Null);
        cluster.A.WaitFor("releases again", s => !s.Blocked && s.Right.Released > blocked.Right.Released);
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        AssertGood(failover.Finish());
    }

    [Test]
    public void A_standby_that_is_stopped_in_an_orderly_way_does_not_block_the_ruler()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        cluster.B.Stop();
        var alone = cluster.A.WaitFor("goes on", s => s is { Role: "Ruling", Protected: false, Blocked: false });
        Assert.That(alone.Events, Has.Some.Contains("the standby left"));
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        AssertGood(failover.Finish());
    }

    [Test]
    public void After_the_death_of_both_nodes_the_loss_of_state_is_shown()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        cluster.A.Kill();
        cluster.B.Kill();
        cluster.B.Start();
        var waiting = cluster.B.WaitFor("waits", s => s.Role == "Starting");
        Assert.That(waiting.Summary, Does.Contain("waits for a"));
        Thread.Sleep(1_000);
        Assert.That(cluster.B.Status()!.Role, Is.EqualTo("Starting"), "only the initial primary may start an empty chain");
        cluster.A.Start();
        var ruling = DemoCluster.WaitUntilProtected(cluster.A);
        Assert.That(ruling.StateWasLost, Is.True);
    }

    [Test]
    public void An_empty_initial_primary_whose_chain_has_run_waits_for_its_silent_peer()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        cluster.B.Kill();
        cluster.A.Kill();
        cluster.A.Start();
        cluster.A.WaitFor("waits", s => s.Role == "Starting");
        Thread.Sleep(1_500);
        Assert.That(cluster.A.Status()!.Role, Is.EqualTo("Starting"), "the silent peer may have the state");
        Assert.That(cluster.A.Ask(new ControlRequest("continue", PeerIsOff: true)).Error, Is.Null);
        Assert.That(DemoCluster.WaitUntilRuling(cluster.A).StateWasLost, Is.True);
    }

    [Test]
    public void A_restarted_ruler_gets_its_state_back_from_the_standby()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(300);
        // Killed and started again before anyone looks: the new life is the proof of the old one's death.
        cluster.A.Kill();
        cluster.A.Start();
        DemoCluster.WaitUntilProtected(cluster.B);
        AssertGood(failover.Finish());
    }

    [Test]
    public void The_loops_allocate_nothing_while_packets_flow()
    {
        var cluster = MakeCluster();
        cluster.A.Start();
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), Patience, "the first term");
        // The start is over once the twins are warm; until then the runtime has no time to compile our loops anew, and what it
        // compiles first boxes where the final code does not.
        foreach (var node in new[] { cluster.A, cluster.B }) node.WaitFor("has twins", status => status.Functions.All(f => f.TwinProcessId != 0));
        Load(cluster, 3.0);
        var before = cluster.A.Status()!;
        var standbyBefore = cluster.B.Status()!;
        Load(cluster, 2.0);
        var after = cluster.A.Status()!;
        var standbyAfter = cluster.B.Status()!;
        var packets = after.Left.Accepted + after.Right.Accepted - before.Left.Accepted - before.Right.Accepted;
        Assert.That(packets, Is.GreaterThan(50_000UL));
        using (Assert.EnterMultipleScope())
        {
            // The status request itself runs on the replicator's thread and allocates its answer there.
            const long statusAnswers = 256 * 1024;
            Assert.That(after.RootAllocatedBytes - before.RootAllocatedBytes, Is.LessThan(4096), "root");
            Assert.That(after.ReplicatorAllocatedBytes - before.ReplicatorAllocatedBytes, Is.LessThan(statusAnswers), "replicator");
            Assert.That(standbyAfter.ReplicatorAllocatedBytes - standbyBefore.ReplicatorAllocatedBytes, Is.LessThan(statusAnswers), "standby");
            foreach (var (one, other) in after.Functions.Zip(before.Functions))
                Assert.That(one.AllocatedBytes - other.AllocatedBytes, Is.LessThan(4096), one.Name);
        }

        static void Load(DemoCluster cluster, double seconds)
        {
            cluster.Generator.Send(new JsonObject { ["do"] = "load", ["rate"] = 50_000, ["seconds"] = seconds });
            cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "load"), Patience, "the end of a load");
            Thread.Sleep(50); // the loops note their allocations when they sleep
        }
    }
}
