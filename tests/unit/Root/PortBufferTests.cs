using NUnit.Framework;

namespace Holdfast.Tests.Unit.Root;

/// <summary>Buffers that a port keeps because a driver fills or sends them in its own time (invariant 6).</summary>
public sealed class PortBufferTests
{
    [Test]
    public void A_port_gets_the_buffers_that_it_keeps_but_not_more_than_a_quarter_of_the_pool()
    {
        using var bench = new RootBench(new TestPort { BuffersKept = 8 }, new TestPort { BuffersKept = 64 }).Rule();
        Assert.That((bench.Left.Kept.Count, bench.Right.Kept.Count), Is.EqualTo((8, 14)), "of 64, and of the 56 left");
        Assert.That((bench.Buffers.InPorts, bench.Buffers.Free), Is.EqualTo((22, 42)));
        Assert.That(bench.Left.Kept.Intersect(bench.Right.Kept), Is.Empty);
    }

    [Test]
    public void Exchanged_buffers_cross_the_chain_and_none_is_lost()
    {
        using var bench = new RootBench(new TestPort { BuffersKept = 8 }, new TestPort { SendsLater = true }).Rule();
        for (var round = 0; round < 50; round++)
        {
            bench.Left.Waiting = round % 20;
            bench.Right.Waiting = round % 3;
            bench.Step();
            bench.Step();
        }

        Assert.That(bench.Right.Sent, Has.Count.EqualTo(Enumerable.Range(0, 50).Sum(i => i % 20)));
        Assert.That(bench.Left.Sent, Has.Count.EqualTo(Enumerable.Range(0, 50).Sum(i => i % 3)));
        Assert.That(bench.Right.OnTheirWay, Is.Empty, "what a port has sent is taken back");
        Assert.That((bench.Buffers.Free, bench.Buffers.InPorts), Is.EqualTo((56, 8)));
        Assert.That(bench.Left.Kept.Distinct().Count(), Is.EqualTo(8));
    }

    [Test]
    public void A_frame_on_its_way_holds_its_buffer()
    {
        using var bench = new RootBench(right: new TestPort { SendsLater = true }).Rule();
        bench.Left.Waiting = 1;
        bench.Step();
        Assert.That((bench.Buffers.Free, bench.Buffers.InPorts), Is.EqualTo((63, 1)));
        bench.Step();
        Assert.That((bench.Buffers.Free, bench.Buffers.InPorts), Is.EqualTo((64, 0)));
    }

    [Test]
    public void A_port_stays_shut_until_its_node_rules()
    {
        using var bench = new RootBench();
        bench.Step();
        Assert.That(bench.Left.IsOpen, Is.False);
        bench.Rule();
        Assert.That(bench.Left.IsOpen && bench.Right.IsOpen, Is.True);
    }
}
