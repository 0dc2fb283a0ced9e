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

    private void Kill(int seed, int rounds)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var failover = new Failover(MakeCluster(seed), new Random(seed));
        failover.Start(Rate, CaptureRounds);
        for (var round = 0; round < rounds; round++) failover.Round(TestContext.Out.WriteLine);
        AssertGood(failover.Finish());
    }
}
