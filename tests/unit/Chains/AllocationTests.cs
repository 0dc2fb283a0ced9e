using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Packets;
using NUnit.Framework;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Tests.Unit.Chains;

public sealed class AllocationTests
{
    [Test]
    public void Packets_and_ticks_allocate_nothing()
    {
        using var chain = new InProcessChain(
            [new Monitor(new MonitorSettings()), new Firewall(new FirewallSettings()), new Nat(NatTests.Settings)],
            (_, _, _) => { });
        var source = new RandomFrames(7);
        ExpectNoAllocation(chain, [.. Enumerable.Range(0, 4000).Select(i => source.Next(i % 2 == 0))]);
    }

    [Test]
    public void A_routers_packets_and_ticks_allocate_nothing()
    {
        using var chain = new InProcessChain([new Nat(TestRouter.Settings)], (_, _, _) => { });
        var source = new RouterFrames(7);
        ExpectNoAllocation(chain, [.. Enumerable.Range(0, 4000).Select(i => source.Next(i % 2 == 0))]);
    }

    private static void ExpectNoAllocation(InProcessChain chain, byte[][] frames)
    {
        var time = NfRun.Start;
        Play();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Play();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Play()
        {
            for (var i = 0; i < frames.Length; i++)
            {
                time += 15_000_000;
                chain.Process(i % 2 == 0 ? Direction.LeftToRight : Direction.RightToLeft, frames[i], time);
            }
        }
    }
}
