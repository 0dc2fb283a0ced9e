using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Tests.Unit.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Arbitration;

/// <summary>An arbiter's answers come late where the network is slow, and the node has asked again meanwhile.</summary>
public sealed class LateAnswerTests
{
    /// <summary>The first question came before the arbiter knew that the ruler is dead, the second one after.</summary>
    [Test]
    public void A_denial_of_the_first_question_does_not_hide_the_grant_of_the_second()
    {
        var heir = HeirThatAskedTwice(out var questions);
        heir.Core.OnArbiterMessage(Answer(MessageType.Deny, new Term(1, TestNode.A), questions[0]));
        heir.Core.OnArbiterMessage(Answer(MessageType.Grant, new Term(2, TestNode.B), 0));
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Ruling));
    }

    [Test]
    public void After_a_denial_of_the_last_question_no_grant_is_expected()
    {
        var heir = HeirThatAskedTwice(out var questions);
        heir.Core.OnArbiterMessage(Answer(MessageType.Deny, new Term(1, TestNode.A), questions[^1]));
        Assert.That(heir.Core.Petition, Is.EqualTo(Petition.None));
    }

    /// <summary>Its word that the standby is the heir comes when that has died and a newer life of it is connected.</summary>
    [Test]
    public void Who_was_made_the_heir_too_late_is_not_taken_for_its_newer_life()
    {
        var ruler = TestNode.RulerWithJoiner(SilencePolicy.Arbiter);
        ruler.Hear(MessageType.Prepared, new Term(1, TestNode.A), 1);
        ruler.Core.OnLatched(1);
        Assert.That(ruler.Core.Standby, Is.EqualTo(StandbyProgress.Enlisting));
        ruler.MeetPeer(NodeRole.Starting, life: 2);
        ruler.World.Take();
        var heir = Answer(MessageType.Enlisted, new Term(1, TestNode.A), TestNode.LifeOf(1).Random);
        heir.Checkpoint = TestNode.LifeOf(1).Counter;
        ruler.Core.OnArbiterMessage(heir);
        Assert.That(ruler.World.Take(), Is.Empty);
        Assert.That(ruler.Core.IsProtected, Is.False);

        ruler.Core.OnArbiterMessage(Answer(MessageType.Grant, new Term(2, TestNode.A), 0));
        Assert.That(ruler.Core.Standby, Is.EqualTo(StandbyProgress.Joining), "the newer life joins");
    }

    /// <summary>The arbiter was away while the ruler was silent; what the ruler could not get confirmed then has aged by the network's
    /// fault.</summary>
    [Test]
    public void A_ruler_that_is_heard_again_is_not_blamed_for_what_aged_meanwhile()
    {
        var heir = HeirThatAskedTwice(out _);
        var stuck = heir.Settings.Stuck / TestNode.Millisecond;
        heir.Wait(stuck).World.Take();
        heir.Wait(stuck - 1, new Term(1, TestNode.A), oldestAge: (uint)stuck * 1000);
        Assert.That(heir.World.Take(), Has.None.StartsWith("ask arbiter"));
        heir.Wait(10, new Term(1, TestNode.A), oldestAge: (uint)stuck * 1000);
        Assert.That(heir.World.Take(), Has.Some.StartsWith("ask arbiter"), "nor excused for ever");
    }

    private static TestNode HeirThatAskedTwice(out ulong[] questions)
    {
        var heir = TestNode.Heir(onSilence: SilencePolicy.Arbiter);
        heir.Core.OnArbiterMessage(Answer(MessageType.Hello, new Term(1, TestNode.A), 0));
        var ms = heir.Settings.Detect / TestNode.Millisecond;
        heir.Wait(2 * ms + 2);
        questions = [.. heir.World.Questions];
        Assert.That(questions, Has.Length.EqualTo(2).And.Unique);
        return heir;
    }

    private static MessageHeader Answer(MessageType type, Term term, ulong question) => new() { Type = type, Chain = 7, Term = term, Clock = question };
}
