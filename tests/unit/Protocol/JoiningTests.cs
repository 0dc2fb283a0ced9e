using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>How a standby comes to be required, and then eligible; and how it is dropped before.</summary>
public sealed class JoiningTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    [Test]
    public void A_ruler_makes_its_joiner_required_and_then_eligible_on_disk_before_it_tells()
    {
        var ruler = TestNode.RulerWithJoiner();
        Assert.That(ruler.World.Take(), Does.Contain("send joining Prepare 1 in term 1a"));
        ruler.Hear(MessageType.Prepared, First, 1);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["mode Latched", "prepared 1", "send Commit 0 in term 1a"]));
        Assert.That(ruler.Core.IsProtected, Is.False, "what left before the latch shut is not covered yet");

        // Outputs of checkpoint 2 left before the latch shut.
        ruler.Core.OnLatched(2);
        Assert.That(ruler.World.Take(), Is.Empty);
        ruler.Core.OnCompleted(2);
        ruler.World.Take();
        ruler.Hear(MessageType.Prepared, First, 2);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])
        [
            "prepared 2",
            "persist term 1a, eligible life 1",
            "send Eligible 2 in term 1a",
            "send Commit 0 in term 1a",
        ]));
        Assert.That(ruler.Core.IsProtected, Is.True);
    }

    [Test]
    public void A_standby_that_joins_discards_stages_and_may_take_over_only_when_told()
    {
        var standby = new TestNode(TestNode.B);
        standby.MeetPeer(NodeRole.Ruling, First);
        standby.World.Take();
        standby.Hear(MessageType.Prepare, First, 5, flags: MessageFlags.Join | MessageFlags.Whole);
        Assert.That(standby.World.Take(), Is.EqualTo((string[])["discard", "stage 5", "send Prepared 5 in term 1a"]));
        standby.Hear(MessageType.Commit, First, committed: 5);
        Assert.That(standby.World.Take(), Is.EqualTo((string[])["apply 5"]));
        Assert.That(standby.Core.Role, Is.EqualTo(NodeRole.Joining));
        standby.Wait(10_000);
        Assert.That(standby.Core.Role, Is.EqualTo(NodeRole.Joining), "silence means nothing to it yet");

        standby.MeetPeer(NodeRole.Ruling, First).Hear(MessageType.Eligible, First, 5);
        Assert.That(standby.Core.Role, Is.EqualTo(NodeRole.Eligible));
    }

    [Test]
    public void Being_told_too_much_closes_the_connection([Values(0UL, 5UL)] ulong staged)
    {
        var standby = new TestNode(TestNode.B);
        standby.MeetPeer(NodeRole.Ruling, First);
        if (staged > 0) standby.Hear(MessageType.Prepare, First, staged, flags: MessageFlags.Join | MessageFlags.Whole);
        standby.World.Take();
        standby.Hear(MessageType.Eligible, First, staged + 1);
        Assert.That(standby.World.Take(), Is.EqualTo((string[])["close 1"]));
        Assert.That(standby.Core.Role, Is.EqualTo(NodeRole.Joining));
    }

    [Test]
    public void A_join_that_an_eligible_standby_never_asked_for_is_refused()
    {
        var heir = TestNode.Heir();
        heir.Hear(MessageType.Prepare, First, 2, flags: MessageFlags.Join | MessageFlags.Whole);
        Assert.That(heir.World.Take(), Is.EqualTo((string[])["close 1"]), "it would destroy the only other copy");
        Assert.That(heir.Core.Prepared, Is.EqualTo(1));
    }

    [Test]
    public void A_joiner_whose_connection_breaks_is_dropped_and_nothing_waits_for_it()
    {
        var ruler = TestNode.RulerWithJoiner();
        ruler.World.Take();
        ruler.Break();
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["mode Alone"]));
        ruler.MeetPeer(NodeRole.Joining, First);
        Assert.That(ruler.World.Take(), Does.Contain("mode Joining"), "it begins anew when it is back");
    }

    [Test]
    public void A_joiner_without_progress_is_dropped()
    {
        var ruler = TestNode.RulerWithJoiner();
        ruler.World.Take();
        ruler.Wait(1_990, First);
        Assert.That(ruler.World.Take(), Is.Empty);
        ruler.Wait(20, First);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["mode Alone", "close 1"]));
    }

    [Test]
    public void An_eligible_standby_whose_connection_breaks_is_waited_for()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Break().Wait(60_000);
        Assert.That(ruler.World.Take(), Is.Empty, "the latch never opens because time passed");
        Assert.That(ruler.Core.IsBlocked, Is.True);
    }

    [Test]
    public void A_standby_that_was_not_told_before_the_connection_broke_is_told_again()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Break().MeetPeer(NodeRole.Joining, First, staged: 1);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["greet on 2 as Ruling in term 1a", "send Eligible 1 in term 1a"]));
    }

    [Test]
    public void A_standby_that_has_less_than_it_had_prepared_is_not_let_in()
    {
        var ruler = TestNode.RulerWithHeir();
        ruler.Break().MeetPeer(NodeRole.Joining, First, staged: 0);
        Assert.That(ruler.World.Take(), Is.EqualTo((string[])["greet on 2 as Ruling in term 1a", "close 2"]));
        Assert.That(ruler.Core.Standby, Is.EqualTo(StandbyProgress.Eligible));
    }
}
