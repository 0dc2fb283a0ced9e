using Holdfast.Nfmgr.Control;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>An NF that keeps dying, and no packet is to blame: the chain's policy decides.</summary>
public sealed class FailurePolicyTests : FunctionFixture
{
    [Test]
    public void Fail_closed_stops_the_chain_in_its_role_until_the_NF_is_restarted()
    {
        StartChain();
        var before = Function("monitor");
        Trigger("tick *");
        var stopped = Cluster.A.WaitFor("is stopped", s => s.Functions[0].State == "stopped");
        Assert.That(stopped.Functions[0].StoppedBecause, Does.Contain("mischief").And.Contains("5 times in a row"));
        Assert.That(StatusText.Of(stopped), Does.Contain("STOPPED").And.Contains("nfmgr nf restart monitor"));
        CallOff();

        // Longer than a standby waits for a ruler whose checkpoints do not move: 20 times `detect`.
        Thread.Sleep(11_000);
        var still = Cluster.A.Status()!;
        Assert.That((still.Role, still.Protected, still.Term), Is.EqualTo(("Ruling", true, 1UL)), "the standby must not take over");
        Assert.That(Cluster.B.Status()!.Role, Is.EqualTo("Eligible"));
        Assert.That(still.Functions[0].State, Is.EqualTo("stopped"));

        var answer = Cluster.A.Ask(new ControlRequest("nf-restart", Function: "monitor"));
        Assert.That(answer.Error, Is.Null);
        WaitUntilSucceeded(before);
        AssertNothingWrong();
    }

    [Test]
    public void Fail_open_passes_the_NF_by_until_it_is_restarted()
    {
        StartChain("\"deathsPerMinute\": 3, \"onFunctionFailure\": \"fail-open\"");
        var counted = Function("monitor");
        Trigger("tick *");
        var bypassed = Cluster.A.WaitFor("is bypassed", s => s.Functions[0].State == "bypassed");
        Cluster.A.WaitFor("lets packets by", s => s.Right.Released > bypassed.Right.Released + 1_000);
        Cluster.A.WaitFor("says so", s => s.Events.Any(e => e.Contains("monitor is BYPASSED", StringComparison.Ordinal)));
        Cluster.A.WaitFor("has a twin of the bypass", s => s.Functions[0] is { State: "bypassed", TwinProcessId: not 0 });

        CallOff();
        Assert.That(Cluster.A.Ask(new ControlRequest("nf-restart", Function: "monitor")).Error, Is.Null);
        WaitUntilSucceeded(counted);
        var status = Cluster.A.Status()!;
        Assert.That((status.Lives, status.Term), Is.EqualTo((1, 1UL)));
    }

    [Test]
    public void A_damaged_ring_halts_the_chain_until_its_NF_is_restarted_in_a_new_life()
    {
        StartChain();
        Misbehave("scribble");
        var halted = Cluster.A.WaitFor("is halted", s => s.Functions[0].State == "stopped" && s.Buffers.Free == s.Buffers.Total);
        Cluster.A.WaitFor("says so", s => s.Events.Any(e => e.Contains("HALTED", StringComparison.Ordinal) && e.Contains("NF monitor", StringComparison.Ordinal)));
        Thread.Sleep(1_000);
        var still = Cluster.A.Status()!;
        Assert.That((still.Role, still.Lives, still.Right.Released), Is.EqualTo(("Ruling", 1, halted.Right.Released)));
        Assert.That(still.Functions.Select(f => f.State == "stopped"), Is.EqualTo(new[] { true, false, false }));
        CallOff();
        Assert.That(Cluster.A.Ask(new ControlRequest("nf-restart", Function: "monitor")).Error, Is.Null);
        Cluster.A.WaitFor("lives again and is safe", s => s.Lives == 2 && (s.Protected || s.Role == "Eligible"));
    }

    [Test]
    public void Takeover_ends_this_life_and_the_peer_tries()
    {
        StartChain("\"deathsPerMinute\": 3, \"onFunctionFailure\": \"takeover\"");
        Trigger("tick *");
        Assert.That(() => Cluster.A.LogTail(), Does.Contain("this life has ended").After(20_000, 10));
        CallOff(); // or the standby's dies of it too
        WaitForFirstOut(Cluster, Cluster.B);
        Cluster.A.WaitFor("lives again", s => s.Lives > 1);
    }
}
