using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>Higher and lower terms: who yields, who refuses, and what is on disk before what is said.</summary>
public sealed class TermTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A), Second = TestNode.Term(2, TestNode.B);

    [Test]
    public void A_ruler_that_hears_of_a_higher_term_is_demoted([Values] bool byGreeting, [Values] bool protectedBefore)
    {
        var ruler = protectedBefore ? TestNode.RulerWithHeir() : TestNode.RulerWithJoiner();
        ruler.World.Take();
        if (byGreeting) ruler.HearGreeting(1, NodeRole.Ruling, Second);
        else ruler.Hear(MessageType.Refuse, Second);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["persist term 2b", "freeze"]));
        Assert.That(ruler.Core.Role, Is.EqualTo(NodeRole.Ended));
        Assert.That(ruler.World.Reports, Has.Some.Contains("demoted: term 2"));
    }

    [Test]
    public void A_life_that_has_ended_does_and_says_nothing_more()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Hear(MessageType.Refuse, Second);
        ruler.World.Take();
        ruler.Core.OnCompleted(2);
        ruler.Hear(MessageType.Prepared, First, 1).HearGreeting(1, NodeRole.Ruling, Second).Wait(1_000, Second);
        ruler.Core.OnConnected(9);
        ruler.Core.OnRefused();
        Assert.That(ruler.World.Take(), Is.Empty);
    }

    [Test]
    public void A_prepare_of_a_lower_term_is_refused_with_the_higher_one()
    {
        var heir = TestNode.Heir();
        heir.Break().Wait(60);
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Ruling));
        heir.MeetPeer(NodeRole.Ruling, First);
        heir.World.Take();
        heir.Hear(MessageType.Prepare, First, 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["send Refuse 0 in term 2b"]));
    }

    [Test]
    public void A_ruler_of_a_lower_term_is_greeted_again_with_the_higher_one_and_not_taken_for_a_standby()
    {
        var heir = TestNode.Heir();
        heir.Break().Wait(60);
        heir.World.Take();
        heir.MeetPeer(NodeRole.Ruling, First);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["greet on 2 as Ruling in term 2b", "greet on 2 as Ruling in term 2b"]));
        Assert.That(heir.Core.Standby, Is.EqualTo(StandbyProgress.None));
    }

    [Test]
    public void A_term_that_began_without_an_heir_excludes_it()
    {
        var heir = TestNode.Heir();
        heir.Break().MeetPeer(NodeRole.Ruling, TestNode.Term(2, TestNode.A));
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["greet on 2 as Eligible in term 1a", "persist term 2a", "discard", "greet on 2 as Joining in term 2a"]));
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Joining));
        heir.Wait(1_000);
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Joining));
    }

    [Test]
    public void Nothing_is_said_in_a_term_that_is_not_on_disk()
    {
        var nodes = new[] { TestNode.RulerWithHeir(), TestNode.Heir(), new TestNode(TestNode.A), new TestNode(TestNode.B) };
        foreach (var node in nodes)
        {
            node.Break().Wait(700);
            node.MeetPeer(NodeRole.Starting, TestNode.Term(5, TestNode.A), life: 2);
            var saidInNewTerm = node.World.Take().SkipWhile(line => !line.StartsWith("persist term", StringComparison.Ordinal)).ToList();
            var before = saidInNewTerm.TakeWhile(line => !line.Contains($"term {node.Core.Term.Counter}", StringComparison.Ordinal)
                                                        || line.StartsWith("persist", StringComparison.Ordinal)).ToList();
            Assert.That(before, Has.Some.StartsWith($"persist term {node.Core.Term.Counter}"), string.Join('\n', saidInNewTerm));
            Assert.That(node.World.Disk.Term, Is.EqualTo(node.Core.Term));
        }
    }
}
