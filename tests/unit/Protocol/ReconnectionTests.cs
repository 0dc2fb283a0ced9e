using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>Connections that break, come twice, or come back with old news.</summary>
public sealed class ReconnectionTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    [Test]
    public void An_answer_to_what_went_over_an_earlier_connection_counts()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnCompleted(4);
        ruler.Break();

        // The standby greeted before it read 3 and 4 from the earlier connection, and this one has no room for all of them.
        ruler.World.HasRoom = false;
        ruler.MeetPeer(NodeRole.Eligible, First, staged: 2);
        ruler.Hear(MessageType.Prepared, First, 4);
        Assert.That(ruler.Core.Prepared, Is.EqualTo(4));
        Assert.That(ruler.Core.IsConnected, Is.True);

        ruler.Break();
        ruler.MeetPeer(NodeRole.Eligible, First, staged: 4);
        Assert.That(ruler.Core.IsConnected, Is.True, "the standby that has what was sent must be let in again");
        ruler.World.HasRoom = true;
        ruler.World.Take();
        ruler.Core.OnCompleted(5);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["send Prepare 5 in term 1a"]));
    }

    /// <summary>
    /// ELIGIBLE is on its way when the ruler dies. The standby greets the ruler's next life as a joiner, then reads ELIGIBLE:
    /// from then on it may take over, so the next life must not start the chain anew on the strength of that greeting.
    /// </summary>
    [Test]
    public void A_greeting_from_before_the_peer_knew_this_life_starts_nothing()
    {
        var record = new NodeRecord(First, true, 1, Incarnation.None);
        var next = new TestNode(TestNode.A, record, life: 2);
        next.MeetPeer(NodeRole.Joining, First, knowsMe: false);
        Assert.That(next.Core.Role, Is.EqualTo(NodeRole.Starting), "the peer may become eligible before it hears of this life");

        next.HearGreeting(next.Connection, NodeRole.Ruling, TestNode.Term(2, TestNode.B));
        Assert.That(next.Core.Role, Is.EqualTo(NodeRole.Joining));
    }

    /// <summary>One that named the peer would not be answered; then this side would never hear that it is known, and two empty
    /// nodes would wait for each other for ever (seen with real processes whose first connections crossed).</summary>
    [Test]
    public void The_first_greeting_on_a_connection_names_nobody()
    {
        var node = new TestNode(TestNode.A);
        node.MeetPeer(NodeRole.Starting, knowsMe: false);
        node.Core.OnConnected(2);
        Assert.That(node.World.Greeting.Header.Receiver, Is.Zero);
    }

    [Test]
    public void An_empty_node_answers_a_greeting_that_does_not_know_it_and_no_other()
    {
        var node = new TestNode(TestNode.B);
        node.MeetPeer(NodeRole.Starting, knowsMe: false);
        Assert.That(node.World.Take(), Is.EqualTo((string[])["greet on 1 as Starting in no term", "greet on 1 as Starting in no term"]));
        Assert.That(node.World.Greeting.Header.Receiver, Is.EqualTo(TestNode.LifeOf(1).Random));
        node.HearGreeting(1, NodeRole.Starting);
        Assert.That(node.World.Take(), Is.Empty, "or two empty nodes would greet for ever");
    }

    [Test]
    public void An_older_connection_that_is_read_late_does_not_replace_a_newer_one()
    {
        var node = TestNode.RulerWithHeir();
        node.Break();
        node.Core.OnConnected(2);
        node.Core.OnConnected(3);
        node.HearGreeting(3, NodeRole.Eligible, First, staged: 1);
        node.HearGreeting(2, NodeRole.Eligible, First, staged: 1);
        Assert.That(node.Core.Connection, Is.EqualTo(3));
    }

    [Test]
    public void An_older_life_that_is_read_late_does_not_replace_a_newer_one()
    {
        var node = new TestNode(TestNode.B);
        node.Core.OnConnected(1);
        node.Core.OnConnected(2);
        node.HearGreeting(2, NodeRole.Starting, life: 3);
        node.HearGreeting(1, NodeRole.Ruling, First, life: 2);
        Assert.That(node.Core.Connection, Is.EqualTo(2));
        Assert.That(node.Core.Role, Is.EqualTo(NodeRole.Starting));
    }

    [Test]
    public void Both_ends_keep_the_same_one_of_two_crossed_connections([Values] bool myOwnGreetsFirst)
    {
        var a = KeptOf(TestNode.A, myOwnGreetsFirst);
        var b = KeptOf(TestNode.B, myOwnGreetsFirst);
        Assert.That(b, Is.Not.EqualTo(a), "the one that one node dialed is the one that the other did not");
    }

    /// <summary>Whether the node keeps the connection that it made itself.</summary>
    private static bool KeptOf(NodeId me, bool myOwnGreetsFirst)
    {
        var node = new TestNode(me);
        node.Core.OnConnected(1);
        node.Core.OnConnected(2);
        node.HearGreeting(1, NodeRole.Starting, dialed: myOwnGreetsFirst);
        node.HearGreeting(2, NodeRole.Starting, dialed: !myOwnGreetsFirst);
        return node.Core.Connection == 1 == myOwnGreetsFirst;
    }
}
