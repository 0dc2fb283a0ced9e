using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>SIGKILL of the primary at random moments under traffic, the nodes used again and again: fifty rounds.</summary>
public sealed class KillTests : ClusterFixture
{
    [Test]
    public void Kill_rejoin_kill_with_a_fixed_seed([Values(1, 2, 3)] int seed) => Kill(seed, rounds: 10);

    [Test]
    public void Kill_rejoin_kill_with_a_random_seed([Values(1, 2)] int _) => Kill(Random.Shared.Next(), rounds: 10);

    [Test]
    public void Connections_through_the_NAT_keep_their_mappings_across_two_takeovers()
    {
        var cluster = MakeCluster();
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        Thread.Sleep(500);
        for (var round = 0; round < 2; round++)
        {
            // The generated flows live as long as the run; each answer goes to the mapping that its question came out with.
            var before = Exchanges(cluster);
            failover.Round(TestContext.Out.WriteLine);
            Assert.That(Exchanges(cluster), Is.GreaterThan(before + 64), "the flows did not go on");
        }

        var run = failover.Finish();
        Assert.That((long)run.Verdict["terms"]!, Is.GreaterThanOrEqualTo(3));
        AssertGood(run); // with mappingChanged, over all flows

        static long Exchanges(DemoCluster cluster)
        {
            cluster.Generator.Send(new System.Text.Json.Nodes.JsonObject { ["do"] = "status" });
            return (long)cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "status"), Patience, "its status")["exchangesCompleted"]!;
        }
    }

    private void Kill(int seed, int rounds)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var failover = new Failover(MakeCluster(seed), new Random(seed));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < rounds; round++) failover.Round(TestContext.Out.WriteLine);
        AssertGood(failover.Finish());
    }
}
