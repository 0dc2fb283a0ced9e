using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.CrashTests;

/// <summary>Packets that kill their NF whenever it processes them.</summary>
[NonParallelizable] // the fault points are the assembly's
public sealed class PoisonTests
{
    private const byte Deadly = 0xDD;
    private const long Time = Traffic.Start;

    [TearDown]
    public void Disarm() => FaultPoint.OnReach = null;

    [Test]
    public void It_is_taken_out_and_the_others_pass_once_in_order([Values(0, 1, 2)] int function, [Values(0, 13, 29)] int place,
        [Values] Direction direction)
    {
        using var chain = new CrashChain(Fragile(function));
        var frames = Frames(direction, 30);
        frames[place].Frame[40] = Deadly;
        var outputs = chain.Run(new Step(frames, Time, Ticks: false, Closes: true, Joins: false)).ToList();
        Assert.That(outputs.Select(o => o.Frame[41]), Is.EqualTo(Enumerable.Range(0, 30).Except([place])));
        Assert.That(chain.Poisonous.Single()[40], Is.EqualTo(Deadly), "the packet itself, as it came to its NF");
        // As a batch, as a batch again, and alone.
        Assert.That(chain.Deaths, Is.EqualTo(3));
        AssertCounted(chain, function, packets: 30, poison: 1);
        Assert.That(chain.HasAllBuffers);
    }

    [Test]
    public void Several_in_a_batch_and_more_behind_are_each_taken_out()
    {
        using var chain = new CrashChain(Fragile(1));
        var frames = Frames(Direction.LeftToRight, 90);
        int[] places = [3, 4, 31, 50, 89];
        foreach (var place in places) frames[place].Frame[40] = Deadly;
        var outputs = chain.Run(new Step(frames, Time, Ticks: true, Closes: true, Joins: false)).ToList();
        Assert.That(outputs.Select(o => o.Frame[41]), Is.EqualTo(Enumerable.Range(0, 90).Except(places)));
        Assert.That(chain.Poisonous.Select(frame => frame[41]), Is.EqualTo(places));
        AssertCounted(chain, 1, packets: 90, poison: 5);
        Assert.That(chain.HasAllBuffers);
    }

    [Test]
    public void What_waits_on_the_other_side_comes_through_after_it()
    {
        using var chain = new CrashChain(Fragile(1));
        var frames = Frames(Direction.LeftToRight, 20);
        frames[7].Frame[40] = Deadly;
        frames.AddRange(Frames(Direction.RightToLeft, 20));
        var outputs = chain.Run(new Step(frames, Time, Ticks: false, Closes: true, Joins: false)).ToList();
        Assert.That(outputs.Count(o => o.Direction == Direction.LeftToRight), Is.EqualTo(19));
        Assert.That(outputs.Where(o => o.Direction == Direction.RightToLeft).Select(o => o.Frame[41]), Is.EqualTo(Enumerable.Range(0, 20)));
    }

    /// <summary>The one who takes it out dies of that too, at each step: it is still taken out once.</summary>
    [Test]
    public void Taking_it_out_survives_a_death_at_any_step([Range(1, 21)] int nth)
    {
        int running = -1, after = -1;
        using var chain = new CrashChain(Fragile(1)) { Running = f => running = f };
        FaultPoint.OnReach = step =>
        {
            if (running != 1 || chain.Deaths < 3) return;
            if (after < 0 && step == FaultStep.TookOver) after = 0;
            if (after >= 0 && ++after == nth) throw new Death();
        };
        var frames = Frames(Direction.LeftToRight, 10);
        frames[4].Frame[40] = Deadly;
        var outputs = chain.Run(new Step(frames, Time, Ticks: false, Closes: true, Joins: false)).ToList();
        Assert.That(outputs.Select(o => o.Frame[41]), Is.EqualTo(Enumerable.Range(0, 10).Except([4])));
        Assert.That(chain.Poisonous, Has.Count.EqualTo(1));
        Assert.That(chain.Deaths, Is.EqualTo(4));
        AssertCounted(chain, 1, packets: 10, poison: 1);
        Assert.That(chain.HasAllBuffers);
    }

    private static void AssertCounted(CrashChain chain, int function, ulong packets, ulong poison)
    {
        ref readonly var statistics = ref chain.Block(function).Statistics;
        Assert.That((statistics.PacketsLeftToRight + statistics.PacketsRightToLeft, statistics.Dropped[(int)DropReason.Poison],
            statistics.Forwarded), Is.EqualTo((packets, poison, packets - poison)));
        // The poison's own count is undone with it.
        var counted = new StateDeclaration(chain.Block(function)).Counter("packets");
        Assert.That(counted.Value, Is.EqualTo(packets - poison));
        Assert.That(StateContent.Differences(chain.Block(function).Data, chain.Replica(function).Data), Is.Empty);
    }

    private static List<(Direction Direction, byte[] Frame)> Frames(Direction direction, int count) =>
        [.. Enumerable.Range(0, count).Select(i => { var frame = new byte[60]; frame[41] = (byte)i; return (direction, frame); })];

    private static Func<int, INetworkFunction> Fragile(int function) => i => new Counting(i == function);

    /// <summary>Counts and rewrites each packet before it dies of it.</summary>
    private sealed class Counting(bool fragile) : INetworkFunction
    {
        private Counter _packets = null!;

        public void Initialise(StateDeclaration state) => _packets = state.Counter("packets");

        public void Process(Batch batch)
        {
            foreach (var packet in batch)
            {
                _packets.Add(1);
                var bytes = packet.Write(50);
                bytes[42]++;
                if (fragile && bytes[40] == Deadly)
                {
                    bytes[41] = bytes[40] = 0;
                    throw new Death();
                }

                batch.Forward(packet);
            }
        }

        public void Tick(long time) { }
    }
}
