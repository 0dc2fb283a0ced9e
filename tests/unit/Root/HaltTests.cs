using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A chain that is halted from outside gives every buffer back and touches its rings no more (invariant 6).</summary>
public sealed class HaltTests
{
    [Test]
    public void Packets_in_rings_and_in_the_latch_are_given_back()
    {
        using var chain = new HostileChain(functions: 3, hostile: 1).Protect();
        chain.Send(50, 30);
        chain.StepRoot();
        chain.StepHonest();
        chain.Villain.Captures = false; // so that outputs wait for a checkpoint that is never complete
        for (var i = 0; i < 5; i++) chain.Step();
        chain.Send(20, 20);
        chain.StepRoot();
        int[] held = [chain.Table.InLatch, chain.Table.InChain(Direction.LeftToRight), chain.Table.InChain(Direction.RightToLeft)];
        Assert.That(held, Has.All.GreaterThan(0), "there is something everywhere");

        var rings = Enumerable.Range(0, 3).SelectMany(i => chain.Rings.MemoryOf(i)).Distinct().ToArray();
        var before = rings.Select(ring => HostileChain.BytesOf(ring).ToArray()).ToArray();
        var sent = chain.Left.Sent + chain.Right.Sent;
        chain.Board.AskHalt();
        Assert.That(chain.Root.HasWork, Is.True, "a halt that is asked while the root goes to sleep does not wait");
        chain.StepRoot();
        Assert.That((chain.Table.Free, chain.Root.Statistics.Reclaimed), Is.EqualTo((chain.Table.Total, (ulong)held.Sum())));
        Assert.That((chain.Board.IsHalted, chain.Root.IsRuling, chain.Control.Active, chain.Root.HasWork), Is.EqualTo((true, false, false, false)));

        chain.Send(10, 10);
        chain.Villain.Send(0, Descriptor.Packet(3));
        chain.Villain.Send(1, Descriptor.Packet(3));
        var after = rings.Select(ring => HostileChain.BytesOf(ring).ToArray()).ToArray();
        for (var i = 0; i < 10; i++)
        {
            chain.StepRoot();
            chain.Root.Inspect(chain.Now + i * 100_000_000);
        }

        Assert.That(rings.Select(ring => HostileChain.BytesOf(ring).ToArray()), Is.EqualTo(after), "the rings are left alone");
        Assert.That(before, Is.Not.EqualTo(after), "what the NF wrote stands there");
        Assert.That((chain.Table.Free, chain.Left.Sent + chain.Right.Sent), Is.EqualTo((chain.Table.Total, sent)), "nothing goes in or out");
    }

    [Test]
    public void What_a_port_has_it_gives_back_after_the_halt()
    {
        using var bench = new RootBench(right: new TestPort { SendsLater = true }).Rule();
        bench.Left.Waiting = 5;
        bench.Step();
        Assert.That((bench.Buffers.Free, bench.Buffers.InPorts), Is.EqualTo((59, 5)));
        bench.Board.AskHalt();
        bench.Step();
        bench.Step();
        Assert.That((bench.Buffers.Free, bench.Buffers.InPorts), Is.EqualTo((64, 0)));
    }

    [Test]
    public void A_halted_standby_does_not_begin_to_rule()
    {
        using var bench = new RootBench();
        bench.Board.AskHalt();
        bench.Rule().Step();
        Assert.That((bench.Root.IsRuling, bench.Board.IsHalted, bench.Root.HasWork), Is.EqualTo((false, true, false)));
    }
}
