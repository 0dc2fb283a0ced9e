using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>SIGKILL of NF processes under traffic: the chain goes on in the same life and term.</summary>
public sealed class FunctionKillTests : FunctionFixture
{
    [TestCase("monitor")]
    [TestCase("firewall")]
    [TestCase("nat")]
    public void A_killed_NF_is_succeeded_by_its_twin(string name)
    {
        StartChain(honest: true);
        for (var round = 0; round < 3; round++)
        {
            var before = Function(name);
            Signal(before.ProcessId);
            var after = WaitUntilSucceeded(before);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(after.ProcessId, Is.EqualTo(before.TwinProcessId), "the twin goes on");
                Assert.That(after.LastDeath!.Cause, Does.Contain("signal 9"));
                Assert.That(after.LastDeath.ProcessId, Is.EqualTo(before.ProcessId));
                Assert.That(after.Restarts, Is.EqualTo(round + 1));
            }

            var micros = (after.FirstOutputAt - after.TookOverAt) / 1000.0;
            TestContext.Out.WriteLine($"{name}: nfmgr heard {(after.LastDeath.NoticedAt - after.TookOverAt) / 1000.0:0} µs after the succession, "
                                      + $"first output {micros:0} µs after it");
        }

        AssertNothingLost();
    }

    [Test]
    public void A_killed_twin_is_replaced_and_nobody_notices()
    {
        StartChain(honest: true);
        for (var round = 0; round < 3; round++)
        {
            var before = Function("nat");
            Signal(before.TwinProcessId);
            var after = Cluster.A.WaitFor("has another twin", s => s.Functions.Single(f => f.Name == "nat") is { TwinProcessId: not 0 } f
                && f.TwinProcessId != before.TwinProcessId).Functions.Single(f => f.Name == "nat");
            Assert.That(after.ProcessId, Is.EqualTo(before.ProcessId));
            Assert.That(after.Generation, Is.EqualTo(before.Generation));
        }

        AssertNothingLost();
    }

    [Test]
    public void Both_processes_of_an_NF_die_at_once_and_it_goes_on_all_the_same()
    {
        StartChain(honest: true);
        var before = Function("firewall");
        Signal(before.TwinProcessId);
        Signal(before.ProcessId);
        WaitUntilSucceeded(before);
        AssertNothingLost();
    }

    [Test]
    public void NFs_of_the_standby_die_and_it_still_takes_over()
    {
        StartChain(honest: true);
        foreach (var function in Cluster.B.Status()!.Functions) Signal(function.ProcessId);
        WaitForTwins();
        Assert.That(Cluster.B.Status()!.Role, Is.EqualTo("Eligible"));
        Cluster.A.Kill();
        WaitForFirstOut(Cluster, Cluster.B);
        Cluster.A.Start();
        Nfmgr.Demo.DemoCluster.WaitUntilProtected(Cluster.B);
        AssertGood(Failover.Finish());
    }
}
