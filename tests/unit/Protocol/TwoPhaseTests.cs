using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>PREPARE, PREPARED, COMMIT: on the ruler's side and on the standby's.</summary>
public sealed class TwoPhaseTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    [Test]
    public void A_checkpoint_is_staged_answered_and_applied_only_when_committed()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["stage 2", "send Prepared 2 in term 1a"]));
        heir.Hear(MessageType.Heartbeat, First, committed: 1);
        Assert.That(heir.World.Take(), Is.Empty);
        heir.Hear(MessageType.Commit, First, committed: 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["apply 2"]));
    }

    /// <summary>The test of the test before: a standby that applies what is only staged is seen by it.</summary>
    [Test]
    public void Applying_before_the_commit_is_caught()
    {
        var heir = TestNode.Heir(KnownBadProtocol.ApplyBeforeCommit);
        heir.Hear(MessageType.Prepare, First, 2);
        Assert.That(heir.World.Take(), Does.Contain("apply 2"), "the replica changes before COMMIT");
    }

    [Test]
    public void A_commit_may_ride_on_the_next_prepare()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 2).Hear(MessageType.Prepare, First, 3, committed: 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])
            ["stage 2", "send Prepared 2 in term 1a", "apply 2", "stage 3", "send Prepared 3 in term 1a"]));
    }

    [Test]
    public void A_commit_beyond_what_is_staged_commits_what_is()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 2).Hear(MessageType.Heartbeat, First, committed: ulong.MaxValue);
        Assert.That(heir.World.Take(), Does.Contain("apply 2"));
        Assert.That(heir.Core.Committed, Is.EqualTo(2));
    }

    [Test]
    public void A_gap_is_refused_and_nothing_of_it_is_staged()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 3);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["close 1"]));
        Assert.That(heir.World.Reports, Has.Some.Contains("PREPARE 3: does not follow 1"));
    }

    [Test]
    public void A_prepare_that_is_sent_again_is_answered_again_and_not_staged_again()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 2);
        heir.World.Take();
        heir.Hear(MessageType.Prepare, First, 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["send Prepared 2 in term 1a"]));
    }

    [Test]
    public void Damaged_deltas_close_the_connection_and_count_for_nothing()
    {
        var heir = TestNode.Heir();
        heir.World.DeltasAreWhole = false;
        heir.Hear(MessageType.Prepare, First, 2);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["close 1"]));
        Assert.That(heir.Core.Prepared, Is.EqualTo(1));
    }

    [Test]
    public void More_checkpoints_than_may_be_in_flight_are_refused()
    {
        var heir = TestNode.Heir();
        for (ulong checkpoint = 2; checkpoint <= 5; checkpoint++) heir.Hear(MessageType.Prepare, First, checkpoint, committed: 1);
        Assert.That(heir.Core.Prepared, Is.EqualTo(5));
        heir.World.Take();
        heir.Hear(MessageType.Prepare, First, 6, committed: 1);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["close 1"]), "it would overwrite one that is not applied");
    }

    [Test]
    public void A_clock_or_time_that_runs_backwards_is_refused()
    {
        var heir = TestNode.Heir();
        heir.Core.OnMessage(1, new MessageHeader
        {
            Type = MessageType.Prepare, Chain = 7, Term = First, Sender = TestNode.LifeOf(1).Random, Checkpoint = 2, Clock = 1, Time = 1,
        }, default, heir.Now);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["close 1"]));
    }

    [Test]
    public void The_ruler_sends_in_order_as_far_as_there_is_room()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.World.HasRoom = false;
        ruler.Core.OnCompleted(3);
        Assert.That(ruler.World.Take(), Is.Empty);
        ruler.World.HasRoom = true;
        ruler.Wait(1, First);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["send Prepare 2 in term 1a", "send Prepare 3 in term 1a"]));
    }

    [Test]
    public void Answers_are_cumulative_and_an_old_one_takes_nothing_back()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnCompleted(3);
        ruler.World.Take();
        ruler.Hear(MessageType.Prepared, First, 3).Hear(MessageType.Prepared, First, 2);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["prepared 3", "send Commit 0 in term 1a"]));
    }

    [Test]
    public void An_answer_to_what_was_never_sent_closes_the_connection()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Hear(MessageType.Prepared, First, 2);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["close 1"]));
        Assert.That(ruler.Core.Prepared, Is.EqualTo(1));
    }

    [Test]
    public void After_a_reconnection_the_ruler_goes_on_behind_what_the_standby_has()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnCompleted(4);
        ruler.World.Take();
        ruler.Break().MeetPeer(NodeRole.Eligible, First, staged: 2);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])
        [
            "greet on 2 as Ruling in term 1a",
            "send Eligible 1 in term 1a",
            "prepared 2",
            "send Prepare 3 in term 1a",
            "send Prepare 4 in term 1a",
        ]));
    }

    [Test]
    public void Answers_from_an_older_connection_are_ignored()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnCompleted(2);
        ruler.Break().MeetPeer(NodeRole.Eligible, First, staged: 1);
        ruler.World.Take();
        ruler.Core.OnMessage(1, new MessageHeader
        {
            Type = MessageType.Prepared, Chain = 7, Term = First, Sender = TestNode.LifeOf(1).Random, Checkpoint = 2,
        }, default, ruler.Now);
        Assert.That(ruler.World.Take(), Is.Empty);
    }

    [Test]
    public void A_message_of_another_life_closes_the_connection()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Core.OnMessage(1, new MessageHeader
        {
            Type = MessageType.Prepared, Chain = 7, Term = First, Sender = TestNode.LifeOf(2).Random, Checkpoint = 1,
        }, default, ruler.Now);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["close 1"]));
    }
}
