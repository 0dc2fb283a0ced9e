using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>An empty node looks for its peer, and what it does with what it finds.</summary>
public sealed class StartingTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A), Second = TestNode.Term(2, TestNode.B);

    [Test]
    public void Of_two_empty_nodes_the_initial_primary_starts_the_chain_and_the_other_joins()
    {
        var a = new TestNode(TestNode.A);
        a.MeetPeer(NodeRole.Starting);
        Assert.That(a.World.Take(), Is.EqualTo((string[])
        [
            "greet on 1 as Starting in no term",
            "persist term 1a",
            "rule term 1a anew",
            "greet on 1 as Ruling in term 1a",
            "mode Joining",
        ]));

        var b = new TestNode(TestNode.B);
        b.MeetPeer(NodeRole.Starting);
        Assert.That(b.Core.Role, Is.EqualTo(NodeRole.Starting), "it is not the one that starts");
        b.World.Take();
        b.HearGreeting(1, NodeRole.Ruling, First);
        Assert.That(b.World.Take(), Is.EqualTo((string[])["persist term 1a"]));
        Assert.That(b.Core.Role, Is.EqualTo(NodeRole.Joining));
    }

    [Test]
    public void The_first_start_of_all_goes_on_without_a_peer_that_does_not_answer()
    {
        var a = new TestNode(TestNode.A);
        a.Wait(490);
        Assert.That(a.World.Take(), Is.Empty);
        a.Wait(20);
        Assert.That(a.World.Take(), Is.EqualTo((string[])["persist term 1a", "rule term 1a anew"]));
        Assert.That(a.Core.StateWasLost, Is.False);
    }

    [Test]
    public void An_empty_node_of_a_chain_that_ran_waits_for_a_silent_peer_however_long()
    {
        var a = new TestNode(TestNode.A, new NodeRecord(First, true, 1, Incarnation.None), life: 2);
        a.Wait(60_000);
        Assert.That(a.World.Take(), Is.Empty);
        Assert.That(a.Core.Role, Is.EqualTo(NodeRole.Starting));
    }

    [Test]
    public void The_other_node_never_starts_the_chain_by_itself()
    {
        var b = new TestNode(TestNode.B);
        b.Wait(60_000);
        b.MeetPeer(NodeRole.Starting).Wait(60_000, Term.None);
        Assert.That(b.Core.Role, Is.EqualTo(NodeRole.Starting));
    }

    [Test]
    public void When_both_have_lost_their_state_the_initial_primary_starts_anew_and_says_so()
    {
        var a = new TestNode(TestNode.A, new NodeRecord(Second, true, 4, Incarnation.None), life: 5);
        a.MeetPeer(NodeRole.Starting, Second);
        Assert.That(a.World.Take(), Does.Contain("persist term 3a").And.Contain("rule term 3a anew"));
        Assert.That(a.Core.StateWasLost, Is.True);
        Assert.That(a.World.Reports, Has.Some.Contains("state was lost"));
    }

    [Test]
    public void A_peer_that_ran_before_is_believed_by_a_node_whose_disk_knows_nothing()
    {
        var a = new TestNode(TestNode.A);
        a.MeetPeer(NodeRole.Starting, Second, knowsMe: false);
        Assert.That(a.World.Take(), Does.Contain("persist term 2b"), "a higher term is on disk before anything is said under it");
        a.Break().Wait(60_000);
        Assert.That(a.Core.Role, Is.EqualTo(NodeRole.Starting), "the chain ran, so this is not its first start");
    }

    [Test]
    public void An_empty_node_leaves_the_chain_to_a_peer_that_may_take_over()
    {
        var a = new TestNode(TestNode.A, new NodeRecord(First, true, 1, Incarnation.None), life: 2);
        a.MeetPeer(NodeRole.Eligible, First);
        a.Wait(60_000, First);
        Assert.That(a.Core.Role, Is.EqualTo(NodeRole.Starting));
        a.HearGreeting(1, NodeRole.Ruling, Second);
        Assert.That(a.Core.Role, Is.EqualTo(NodeRole.Joining));
    }

    [TestCase("own name")]
    [TestCase("not the configured peer")]
    [TestCase("another chain")]
    [TestCase("another state layout")]
    public void A_peer_that_does_not_fit_is_refused_in_words(string word)
    {
        var a = new TestNode(TestNode.A);
        a.Core.OnConnected(1);
        var header = new MessageHeader { Type = MessageType.Hello, Chain = word == "another chain" ? 9UL : 7UL };
        var hello = new Hello
        {
            Node = word switch { "own name" => TestNode.A.Value, "not the configured peer" => 12345, _ => TestNode.B.Value },
            Layout = word == "another state layout" ? 9UL : 8UL,
            Incarnation = TestNode.LifeOf(1),
        };
        a.Core.OnHello(1, true, header, hello, a.Now);
        Assert.That(a.World.Take(), Is.EqualTo((string[])["greet on 1 as Starting in no term", "close 1"]));
        Assert.That(a.World.Reports, Has.Some.Contains(word));
        Assert.That(a.Core.IsConnected, Is.False);
    }
}
