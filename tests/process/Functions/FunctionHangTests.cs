using Holdfast.Chaos.Faults;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>NFs that stop working without dying, and those that only seem to.</summary>
public sealed class FunctionHangTests : FunctionFixture
{
    [Test]
    public void A_stopped_NF_is_found_and_succeeded()
    {
        StartChain(honest: true);
        var before = Function("nat");
        Signal(before.ProcessId, Signum.SIGSTOP);
        var after = WaitUntilSucceeded(before);
        Assert.That(after.LastDeath!.Cause, Does.Contain("hangs").And.Contains("stopped"));
        AssertNothingLost();
    }

    [TestCase("loop", "loop")]
    [TestCase("sleep", "waits")]
    public void An_NF_that_does_not_come_back_from_a_batch_is_found_and_succeeded(string act, string cause)
    {
        StartChain();
        var after = WaitUntilSucceeded(Misbehave(act));
        Assert.That(after.LastDeath!.Cause, Does.Contain("hangs").And.Contains(cause));
        AssertNothingLost();
    }

    [Test]
    public void A_stopped_twin_is_found_when_it_is_needed()
    {
        StartChain(honest: true);
        var before = Function("monitor");
        Signal(before.TwinProcessId, Signum.SIGSTOP);
        Signal(before.ProcessId);
        WaitUntilSucceeded(before);
        AssertNothingLost();
    }

    [Test]
    public void Busy_strangers_on_every_core_are_no_hang()
    {
        StartChain(honest: true);
        var strangers = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Own(new BusyStranger())).ToList();
        Thread.Sleep(5_000);
        foreach (var stranger in strangers) stranger.Dispose();
        var functions = Cluster.A.WaitFor("goes on", s => s.Role == "Ruling").Functions;
        Assert.That(functions.Select(f => (f.Name, f.Restarts)), Is.EqualTo(functions.Select(f => (f.Name, 0))), "nobody was killed");
        TestContext.Out.WriteLine($"stalls: {string.Join(", ", functions.Select(f => $"{f.Name} {f.Stalls}"))}");
        AssertGood(Failover.Finish());
    }
}
