using Holdfast.Generator.Capture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

/// <summary>The captured hosts behave as such on both sides of a chain with a NAT.</summary>
public sealed class CapturePlayerTests
{
    private const long Millisecond = 1_000_000;

    private readonly byte[] buffer = new byte[2_048];
    private readonly CapturedFlows flows = MixedCapture.Flows();

    private int Steps => flows.Flows.Sum(f => f.Steps.Count);

    [Test]
    public void Rounds_cross_a_good_chain_without_loss()
    {
        var player = new CapturePlayer(flows);
        var nat = new ToyNat();
        for (int round = 0; round < 3; round++) player.StartRound(round);
        Assert.That(player.ActiveFlows, Is.EqualTo(3 * flows.Count));

        Play(player, nat);

        Assert.That(player.Drained, Is.True);
        Assert.That(nat.Dropped, Is.Zero);
        Assert.That((player.FlowsCompleted, player.StepsSent), Is.EqualTo(((long)3 * flows.Count, (long)3 * Steps)));
        Assert.That((player.FlowsBroken, player.StepsRetried, player.MappingChanged, player.Misdirected),
            Is.EqualTo((0L, 0L, 0L, 0L)));
    }

    [Test]
    public void One_round_after_the_other_starts_afresh()
    {
        var player = new CapturePlayer(flows);
        var nat = new ToyNat();
        for (int round = 0; round < 3; round++)
        {
            player.StartRound(round);
            Play(player, nat);
        }

        Assert.That((player.FlowsCompleted, player.MappingChanged, player.Misdirected),
            Is.EqualTo((3L * flows.Count, 0L, 0L)));
    }

    [Test]
    public void Loss_delay_and_reordering_are_made_up_for([Range(1, 5)] int seed)
    {
        var player = new CapturePlayer(flows);
        var random = new Random(seed);
        for (int round = 0; round < 5; round++) player.StartRound(round);

        // Delays exceed the 200 ms after which a step is retried, so late originals overtake their retries.
        Play(player, new ToyNat(),
            lose: () => random.Next(10) == 0,
            delayMs: () => random.Next(random.Next(20) == 0 ? 400 : 3));

        Assert.That((player.FlowsCompleted, player.FlowsBroken), Is.EqualTo(((long)5 * flows.Count, 0L)));
        Assert.That((player.MappingChanged, player.Misdirected), Is.EqualTo((0L, 0L)));
        Assert.That(player.StepsRetried, Is.Positive);
    }

    [Test]
    public void Nothing_is_answered_before_it_came_out()
    {
        var player = Started();
        var offered = new Dictionary<(ulong Flow, int Step), bool>();      // whether it came out
        var random = new Random(3);
        var onTheWay = new List<(ulong Id, byte[] Frame, bool FromLeft)>();
        var nat = new ToyNat();
        while (!player.Drained)
        {
            while (TryNext(player, out var frame, out bool fromLeft, out ulong bits))
            {
                var id = StepId.From(bits);
                var steps = flows.Flows[(int)id.Flow - 1].Steps;
                Assert.That(steps[id.Step].FromClient, Is.EqualTo(fromLeft));
                for (int earlier = 0; earlier < id.Step; earlier++)
                {
                    if (steps[earlier].FromClient != fromLeft) Assert.That(offered[(id.Flow, earlier)], Is.True);
                }

                offered.Add((id.Flow, id.Step), false);
                onTheWay.Add((bits, frame, fromLeft));
            }

            int any = random.Next(onTheWay.Count);
            var (bitsOut, frameOut, left) = onTheWay[any];
            onTheWay.RemoveAt(any);
            offered[(StepId.From(bitsOut).Flow, StepId.From(bitsOut).Step)] = true;
            player.CameOut(bitsOut, nat.Cross(frameOut, left)!, 0);
        }

        Assert.That(offered, Has.Count.EqualTo(Steps));
    }

    [Test]
    public void A_NAT_that_forgets_is_found_out()
    {
        var player = new CapturePlayer(flows);
        var nat = new ToyNat();
        player.StartRound(0);
        int crossed = 0;

        Play(player, nat, lose: () =>
        {
            if (++crossed == 60) nat.Forget();
            return false;
        });

        Assert.That(player.MappingChanged, Is.InRange(1, flows.Count));
    }

    [Test]
    public void A_dead_chain_breaks_every_flow_after_its_tries()
    {
        var player = new CapturePlayer(flows, TimeSpan.FromMilliseconds(10), tries: 4);
        player.StartRound(0);
        int firsts = flows.Flows.Sum(f => f.Steps.TakeWhile(s => s.FromClient).Count());

        Play(player, new ToyNat(), lose: () => true);

        Assert.That((player.FlowsBroken, player.FlowsCompleted, player.Drained),
            Is.EqualTo(((long)flows.Count, 0L, true)));
        Assert.That((player.StepsSent, player.StepsRetried), Is.EqualTo((4L * firsts, 3L * firsts)));
    }

    [Test]
    public void When_the_state_is_lost_every_flow_is_over_and_later_rounds_go_well()
    {
        var player = new CapturePlayer(flows);
        player.StartRound(0);
        player.Tick(1);
        player.BreakAll();
        Assert.That((player.FlowsBroken, player.Drained), Is.EqualTo(((long)flows.Count, true)));
        player.StartRound(1);
        Play(player, new ToyNat(), lose: () => false);
        Assert.That((player.FlowsBroken, player.FlowsCompleted), Is.EqualTo(((long)flows.Count, (long)flows.Count)));
    }

    [Test]
    public void A_step_is_retried_under_a_new_id_when_it_is_late_or_lost()
    {
        var player = Started();
        Assert.That(TryNext(player, out byte[]? first, out _, out ulong late), Is.True);
        while (TryNext(player, out _, out _, out _)) { }

        player.Tick(199 * Millisecond);
        Assert.That(TryNext(player, out _, out _, out _), Is.False);
        player.Tick(200 * Millisecond);
        Assert.That(TryNext(player, out byte[]? second, out _, out ulong retry), Is.True);
        Assert.That((retry != late, second), Is.EqualTo((true, first)));
        while (TryNext(player, out _, out _, out _)) { }

        player.Lost(late);
        Assert.That(TryNext(player, out _, out _, out _), Is.False, "the retry is still on its way");
        player.Lost(retry);
        player.Lost(retry);
        Assert.That(TryNext(player, out _, out _, out ulong third), Is.True);
        Assert.That(third, Is.Not.EqualTo(retry));
        Assert.That(TryNext(player, out _, out _, out _), Is.False);
    }

    [Test]
    public void A_late_arrival_counts_though_its_retry_is_under_way()
    {
        var player = Started();
        var nat = new ToyNat();
        Assert.That(TryNext(player, out byte[]? frame, out bool fromLeft, out ulong late), Is.True);
        while (TryNext(player, out _, out _, out ulong other)) player.Lost(other);

        player.Tick(200 * Millisecond);
        player.CameOut(late, nat.Cross(frame!, fromLeft)!, 200 * Millisecond);

        var offered = new List<StepId>();
        while (offered.Count < flows.Count && TryNext(player, out _, out _, out ulong id)) offered.Add(StepId.From(id));
        Assert.That(offered.Where(s => s.Flow == StepId.From(late).Flow).Select(s => s.Step), Is.All.Not.Zero);
    }

    [Test]
    public void Frames_for_others_do_not_arrive()
    {
        var player = Started();
        Assert.That(TryNext(player, out byte[]? frame, out _, out ulong id), Is.True);

        byte[] elsewhere = [.. frame!];
        ToyPacket.Of(elsewhere)!.Destination++;
        player.CameOut(id, elsewhere, 0);
        player.CameOut(id, frame.AsSpan(0, 20), 0);
        player.CameOut(id, [], 0);

        Assert.That((player.Misdirected, player.ActiveFlows), Is.EqualTo((3L, flows.Count)));
    }

    [Test]
    public void Answers_that_the_NAT_leaves_untranslated_do_not_arrive()
    {
        var player = Started();
        var nat = new ToyNat();
        int untranslated = 0;
        while (TryNext(player, out byte[]? frame, out bool fromLeft, out ulong id))
        {
            byte[] crossed = nat.Cross(frame, fromLeft)!;
            if (!fromLeft && ToyPacket.Of(frame) is { IsV6: false } asServerSent)
            {
                player.CameOut(id, frame, 0);
                untranslated++;

                // Half a translation is none: here the packet to the client, whatever an error embeds.
                byte[] half = [.. crossed];
                ToyPacket.Of(half)!.Destination = asServerSent.Destination;
                player.CameOut(id, half, 0);
                untranslated++;
            }

            player.CameOut(id, crossed, 0);
        }

        Assert.That((player.Misdirected, player.Drained), Is.EqualTo(((long)untranslated, true)));
    }

    [Test]
    public void Misuse_is_refused_with_a_reason()
    {
        var player = new CapturePlayer(flows);
        Assert.Throws<InvalidOperationException>(() => player.Next(buffer, out _, out _));
        player.Tick(0);
        Assert.Throws<ArgumentException>(() => player.Next(new byte[100], out _, out _));
        Assert.Throws<ArgumentException>(() => player.CameOut(0, [], 0));
        Assert.Throws<ArgumentException>(() => player.Lost(1 << 24 | 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => player.StartRound(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ = new CapturePlayer(flows, tries: 0));
    }

    [Test]
    public void Playing_does_not_allocate_once_warm()
    {
        var player = new CapturePlayer(flows);
        long Round(int round)
        {
            player.StartRound(round);
            long before = GC.GetAllocatedBytesForCurrentThread();
            // IPv4 as IPv6 passes as it is: a chain without NAT.
            player.Tick(round * Millisecond * 500);
            for (int length; (length = player.Next(buffer, out _, out ulong id)) > 0;)
            {
                player.CameOut(id, buffer.AsSpan(0, length), round * Millisecond * 500);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        for (int round = 0; round < 3; round++) Round(round);

        Assert.That((Round(3), player.Drained), Is.EqualTo((0L, true)));
    }

    private CapturePlayer Started()
    {
        var player = new CapturePlayer(flows);
        player.Tick(0);
        player.StartRound(0);
        return player;
    }

    private bool TryNext(CapturePlayer player, out byte[] frame, out bool fromLeft, out ulong id)
    {
        int length = player.Next(buffer, out fromLeft, out id);
        frame = buffer[..length];
        return length > 0;
    }

    /// <summary>Plays until all flows are completed or broken, on a clock of its own.</summary>
    private void Play(CapturePlayer player, ToyNat nat, Func<bool>? lose = null, Func<int>? delayMs = null)
    {
        var onTheWay = new PriorityQueue<(ulong Id, byte[] Frame), long>();
        for (long now = 0; !player.Drained; now += Millisecond)
        {
            Assert.That(now, Is.LessThan(60_000 * Millisecond), "a minute should do");
            player.Tick(now);
            while (TryNext(player, out byte[]? frame, out bool fromLeft, out ulong id))
            {
                Assert.That(ToyPacket.Of(frame)!.WrongChecksums(), Is.Empty);
                if (lose?.Invoke() == true) continue;
                if (nat.Cross(frame, fromLeft) is { } crossed)
                {
                    onTheWay.Enqueue((id, crossed), now + (delayMs?.Invoke() ?? 0) * Millisecond);
                }
            }

            while (onTheWay.TryPeek(out var arrived, out long due) && due <= now)
            {
                onTheWay.Dequeue();
                player.CameOut(arrived.Id, arrived.Frame, now);
            }
        }
    }
}
