using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>A chain that goes on whatever happens, at the price of two rulers while the link between living nodes is cut.</summary>
public sealed class PreferAvailabilityTests : RoleFixture
{
    private const string Policy = "\"onSilence\": \"prefer-availability\"";

    [Test]
    public void A_standby_that_dies_silently_does_not_stop_the_chain()
    {
        var cluster = MakeLinkedCluster(Policy);
        var failover = new Failover(cluster, new Random(1));
        failover.Start(Rate, CaptureRounds);
        LetPacketsPass(cluster.A);
        cluster.B.Kill();
        var alone = cluster.A.WaitFor("goes on", s => s is { Role: "Ruling", Protected: false, Blocked: false, Term: 2 });
        Assert.That(alone.Events, Has.Some.Contains("prefers availability"));
        LetPacketsPass(cluster.A);
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        AssertGood(failover.Finish());
    }

    [Test]
    public void Behind_a_cut_link_both_rule_and_when_it_heals_one_yields()
    {
        var cluster = MakeLinkedCluster(Policy);
        cluster.A.Start();
        cluster.B.Start();
        DemoCluster.WaitUntilProtected(cluster.A);
        cluster.B.WaitFor("may take over", s => s.Role == "Eligible"); // which it hears a moment after the ruler says PROTECTED
        Link.Cut();
        foreach (var node in new[] { cluster.A, cluster.B })
        {
            var ruling = node.WaitFor("rules alone", s => s is { Role: "Ruling", Blocked: false, Protected: false });
            Assert.That(ruling.Summary, Does.Contain("may rule too"), "the status tells the truth");
        }

        Link.Heal();
        var ruler = cluster.WaitForRuler();
        cluster.Other(ruler).WaitFor("yielded", s => s.Role == "Eligible" && s.Events.Any(e => e.Contains("demoted", StringComparison.Ordinal)));
    }
}
