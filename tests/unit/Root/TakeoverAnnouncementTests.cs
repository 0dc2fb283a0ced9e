using Holdfast.Tests.Unit.Announcing;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>Who tells the networks on both sides where the chain's stations are, and when.</summary>
public sealed class TakeoverAnnouncementTests
{
    [Test]
    public void A_successor_announces_on_each_side_what_that_side_has_seen()
    {
        using var first = new RootBench(new TestPort { IsNetwork = true, Frame = StationFrames.Plain(StationFrames.Client) },
            new TestPort { IsNetwork = true, Frame = StationFrames.Plain(StationFrames.Server) }).Rule();
        first.Left.Waiting = first.Right.Waiting = 3;
        first.Step();
        Assert.That(first.Left.Sent, Has.Count.EqualTo(3));
        Assert.That(first.Left.SentOwn, Is.Empty, "who rules from the start has nothing to announce");

        using var second = new RootBench(new TestPort { IsNetwork = true }, new TestPort { IsNetwork = true });
        first.State.Block.Data.CopyTo(second.State.Block.Data); // as a standby gets it
        second.Step();
        Assert.That(second.Left.SentOwn, Is.Empty, "a standby transmits nothing");
        second.Rule(term: 2, checkpoint: 1);
        Assert.That(second.Left.SentOwn.Select(f => f[11]), Is.EqualTo(new[] { StationFrames.Server[5] }));
        Assert.That(second.Right.SentOwn.Select(f => f[11]), Is.EqualTo(new[] { StationFrames.Client[5] }));
        second.Step(2_000_000_000).Step(2_000_000_000);
        Assert.That(second.Left.SentOwn, Has.Count.EqualTo(3), "and again, in case a frame was lost");
    }

    [Test]
    public void A_port_with_little_room_for_own_frames_announces_every_station()
    {
        using var bench = new RootBench(new TestPort { IsNetwork = true, OwnRoom = 4 });
        for (byte i = 1; i <= 10; i++) bench.State.Stations[0].Learn(StationFrames.Plain([0x02, 0, 0, 0, 1, i]), 0);
        bench.Rule(term: 2, checkpoint: 1);
        for (var i = 0; i < 4; i++) bench.Step();
        Assert.That(bench.Left.SentOwn.Select(f => f[11]), Is.EquivalentTo(Enumerable.Range(1, 10)));
    }

    [Test]
    public void Ports_that_lead_to_no_network_learn_and_announce_nothing()
    {
        using var bench = new RootBench(new TestPort { Frame = StationFrames.Plain(StationFrames.Client) }).Rule();
        bench.Left.Waiting = 3;
        bench.Step();
        Assert.That(bench.State.Stations[1].Count, Is.Zero);
    }
}
