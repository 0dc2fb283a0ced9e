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
