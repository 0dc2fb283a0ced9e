using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>New builds of an NF that keep its state in other containers.</summary>
public sealed class MigrationTests : FunctionFixture
{
    private string BuildFile => Path.Combine(DirectoryOfTest, "build");

    [Test]
    public void A_new_build_carries_its_state_over_and_a_death_after_that_is_like_any_other()
    {
        var node = Start(withStandby: false);
        Build("3");
        Assert.That(Restart(node), Does.Contain("this build forgot how").And.Contain("untouched"));
        var before = Saved(node, "before");
        Build("2");
        Assert.That(Restart(node), Is.Null);
        var after = Saved(node, "after");
        var total = after.Counter("packets");
        var counted = after.Array<ulong>("byDirection").Aggregate(0UL, (sum, n) => sum + n);
        Assert.That(total, Is.GreaterThanOrEqualTo(before.Counter("packets")));
        Assert.That(counted, Is.LessThanOrEqualTo(total - before.Counter("packets")), "the new build counts from its first packet on");

        var owner = node.WaitFor("has a twin of the new build", s => s.Functions[0] is { State: "running", TwinProcessId: not 0 }).Functions[0];
        Signal(owner.ProcessId);
        node.WaitFor("goes on", s => s.Functions[0] is { State: "running" } f && f.Generation > owner.Generation && f.LeftToRight > owner.LeftToRight);
        Assert.That(Saved(node, "later").Counter("packets"), Is.GreaterThanOrEqualTo(total));
    }

    [Test]
    public void While_a_standby_would_have_to_read_it_a_migration_is_refused()
    {
        var node = Start(withStandby: true);
        Build("2");
        Assert.That(Restart(node), Does.Contain("standby").And.Contain("untouched"));
        Assert.That(Saved(node, "state").Has("byDirection"), Is.False);
        // As the refusal says: stop the standby, restart here, bring the build there, start it.
        Cluster.B.Stop();
        node.WaitFor("is alone", s => s is { Protected: false, Blocked: false, Peer.Connected: false });
        Assert.That(Restart(node), Is.Null);
        Cluster.B.Start();
        DemoCluster.WaitUntilProtected(node);
        Assert.That(Saved(Cluster.B, "standby").Has("byDirection"), "the standby has the new layout");
    }

    private static string? Restart(DemoNode node) => node.Ask(new ControlRequest("nf-restart", Function: "monitor")).Error;

    private void Build(string build) => File.WriteAllText(BuildFile, build);

    private SavedState Saved(DemoNode node, string name)
    {
        var directory = Path.Combine(DirectoryOfTest, name);
        Assert.That(node.Ask(new ControlRequest("save-state", Directory: directory)).Error, Is.Null);
        return new SavedState(File.ReadAllBytes(Path.Combine(directory, "monitor.state")));
    }

    private DemoNode Start(bool withStandby)
    {
        var cluster = MakeFunctionCluster("\"deathsPerMinute\": 1000", mischievous: false);
        ReplaceMonitor(new JsonObject { ["build"] = BuildFile });
        Build("1");
        cluster.A.Start();
        if (withStandby) cluster.B.Start();
        if (withStandby) DemoCluster.WaitUntilProtected(cluster.A);
        else DemoCluster.WaitUntilRuling(cluster.A);
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), Patience, "the first term");
        cluster.Generator.Send(new JsonObject { ["do"] = "play", ["rate"] = Rate, ["captureRoundsPerSecond"] = 0, ["flows"] = 64 });
        cluster.A.WaitFor("has counted", s => s.Functions[0].LeftToRight > 100);
        return cluster.A;
    }
}
