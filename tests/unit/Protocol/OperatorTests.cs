using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>Orderly stops, proven deaths of a standby, and the operator's word.</summary>
public sealed class OperatorTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    private static readonly string[] GoesOnAlone =
        ["persist term 2a", "alone in term 2a", "mode Alone", "greet on 1 as Ruling in term 2a"];

    [Test]
    public void A_standby_that_leaves_discards_its_replica_and_says_so([Values] bool eligible)
    {
        var standby = eligible ? TestNode.Heir() : new TestNode(TestNode.B).MeetPeer(NodeRole.Ruling, First);
        standby.World.Take();
        standby.Core.Leave();
        Assert.That(standby.World.Take(), Is.EqualTo((string[])["discard", "send Leave 0 in term 1a"]));
        standby.Break().Wait(1_000);
        standby.Core.OnRefused();
        Assert.That(standby.World.Take(), Is.Empty, "one that has left never takes over");
    }

    [Test]
    public void A_ruler_whose_heir_leaves_goes_on_alone_in_a_new_term()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Hear(MessageType.Leave, First);
        Assert.That(ruler.World.Take(), Is.EqualTo(GoesOnAlone));
        Assert.That(ruler.World.Disk.EligiblePeer, Is.EqualTo(Incarnation.None));
        Assert.That(ruler.World.Reports, Has.Some.Contains("UNPROTECTED"));
    }

    [Test]
    public void A_joiner_that_leaves_is_dropped_in_the_same_term()
    {
        var ruler = TestNode.RulerWithJoiner();
        ruler.World.Take();
        ruler.Hear(MessageType.Leave, First);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["mode Alone"]));
    }

    [Test]
    public void The_next_life_of_a_standby_proves_its_death_and_joins()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Break().MeetPeer(NodeRole.Starting, First, life: 2);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])
        [
            "greet on 2 as Ruling in term 1a",
            "persist term 2a",
            "alone in term 2a",
            "mode Alone",
            "greet on 2 as Ruling in term 2a",
            "mode Joining",
        ]));
    }

    [Test]
    public void An_older_life_of_the_standby_proves_nothing_and_is_sent_away_with_a_remedy()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Break().MeetPeer(NodeRole.Starting, First, life: 0);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["greet on 2 as Ruling in term 1a", "close 2"]));
        Assert.That(ruler.World.Reports, Has.Some.Contains("nfmgr continue --unprotected"));
        Assert.That(ruler.Core.IsBlocked, Is.True);
    }

    [Test]
    public void The_operators_word_lets_a_blocked_ruler_go_on()
    {
        var ruler = TestNode.RulerWithHeir();
        Assert.That(ruler.Core.ContinueUnprotected(), Does.Contain("connected and alive"));
        Assert.That(ruler.World.Take(), Is.Empty);
        ruler.Break();
        Assert.That(ruler.Core.ContinueUnprotected(), Is.Null);
        Assert.That(ruler.World.Take(), Is.EqualTo(GoesOnAlone[..^1]));
        Assert.That(ruler.Core.ContinueUnprotected(), Does.Contain("already"));
    }

    [Test]
    public void The_operators_word_starts_a_node_that_waits_for_its_peer()
    {
        var b = new TestNode(TestNode.B, new NodeRecord(First, true, 1, Incarnation.None), life: 2);
        Assert.That(b.Core.ContinueUnprotected(), Is.Null);
        Assert.That(b.World.Take(), Is.EqualTo((string[])["persist term 2b", "rule term 2b anew"]));
        Assert.That(b.Core.StateWasLost, Is.True);
    }

    [Test]
    public void The_operators_word_does_nothing_beside_a_living_ruler()
    {
        var heir = TestNode.Heir();
        Assert.That(heir.Core.ContinueUnprotected(), Does.Contain("Eligible"));
        var joiner = new TestNode(TestNode.B).MeetPeer(NodeRole.Ruling, First);
        Assert.That(joiner.Core.ContinueUnprotected(), Does.Contain("Joining"));
        Assert.That((heir.Core.Role, joiner.Core.Role), Is.EqualTo((NodeRole.Eligible, NodeRole.Joining)));
    }
}
