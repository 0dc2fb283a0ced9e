using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>When an heir takes over, and when it must not.</summary>
public sealed class TakeoverTests
{
    private static readonly Term First = TestNode.Term(1, TestNode.A);

    [Test]
    public void A_ruler_whose_oldest_checkpoint_only_ages_is_succeeded()
    {
        var heir = TestNode.Heir();
        heir.Wait(1_100, First).Wait(1, First, oldestAge: 1_050_000);
        Assert.That(heir.World.Take(), Does.Contain("rule term 2b from 1"));
    }

    /// <summary>The ruler's checkpoint waited for this node's answer, which was paused: that is no fault of the ruler.</summary>
    [Test]
    public void An_heir_that_slept_does_not_take_the_age_of_what_waited_for_it_for_a_fault_of_the_ruler()
    {
        var heir = TestNode.Heir();
        heir.Wait(1_100, First).Sleep(1_500).Break();
        heir.MeetPeer(NodeRole.Ruling, First);
        heir.Hear(MessageType.Prepare, First, 2).Hear(MessageType.Heartbeat, First, oldestAge: 1_500_000).Wait(20, First);
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Eligible));
        Assert.That(heir.World.Take(), Does.Contain("send Prepared 2 in term 1a"));
    }

    [Test]
    public void An_heir_that_slept_looks_again_before_it_believes_an_age_on_the_same_connection()
    {
        var heir = TestNode.Heir();
        heir.Wait(1_100, First).Sleep(1_500);
        heir.Hear(MessageType.Heartbeat, First, oldestAge: 1_200_000);
        Assert.That(heir.Core.Role, Is.EqualTo(NodeRole.Eligible));
    }
}
