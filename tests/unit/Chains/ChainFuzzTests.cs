using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using Monitor = Holdfast.Chains.Monitor.Monitor;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>All three NFs in a chain take whatever comes, and what they let through is as right as it was.</summary>
public sealed class ChainFuzzTests
{
    private static readonly FlowTimeouts Short = new()
    {
        TcpEstablished = TimeSpan.FromSeconds(20),
        TcpTransitory = TimeSpan.FromSeconds(3),
        Udp = TimeSpan.FromSeconds(2),
        Icmp = TimeSpan.FromSeconds(1),
    };

    /// <summary>What only a router, a full ring or a faulty NF has reason for.</summary>
    private static readonly DropReason[] NotHere =
    [
        DropReason.Undecided, DropReason.NoRoom, DropReason.Unresolved, DropReason.Expired, DropReason.Consumed, DropReason.Poison,
    ];

    private static readonly NatSettings NatSettings = NatTests.Settings with { Timeouts = Short, Sessions = 40 };

    [TestCase(1)]
    [TestCase(2)]
    public void The_chain_takes_200000_frames_of_all_kinds(int seed)
    {
        const int Frames = 100_000;
        byte[]? output = null;
        var rule = new Rule { FromLeft = false, Allows = true, Protocol = IpProtocols.Tcp };
        using var chain = new InProcessChain(
            [
                new Monitor(new MonitorSettings { IPv4Flows = 300, IPv6Flows = 60 }),
                new Firewall(new FirewallSettings
                {
                    Rules = [rule], Timeouts = Short, IPv4Flows = 300, IPv6Flows = 60, LaterFragmentsPass = true,
                }),
                new Nat(NatSettings),
            ],
            (_, _, frame) => output = frame.ToArray());
        var (forwarded, translated) = Play(chain, seed, Frames, () => output, () => output = null);
        Assert.Multiple(() =>
        {
            Assert.That(forwarded[0], Is.GreaterThan(Frames / 8), "from the left");
            Assert.That(forwarded[1], Is.GreaterThan(Frames / 80), "from the right");
            Assert.That(translated, Is.GreaterThan(Frames / 12));
            foreach (var block in chain.Blocks) AssertAccounted(block.Statistics);
            foreach (DropReason reason in Enum.GetValues<DropReason>())
            {
                var dropped = chain.Blocks.Aggregate(0UL, (sum, block) => sum + block.Statistics.Dropped[(int)reason]);
                Assert.That(dropped > 0, Is.Not.EqualTo(NotHere.Contains(reason)), $"{reason}: {dropped}");
            }
        });
    }

    private static (int[] Forwarded, int Translated) Play(InProcessChain chain, int seed, int frames,
        Func<byte[]?> output, Action forget)
    {
        var random = new Random(seed);
        var source = new RandomFrames(seed);
        var (time, forwarded, translated) = (NfRun.Start, new int[2], 0);
        for (var i = 0; i < frames; i++)
        {
            time += random.Next(20_000_000);
            var fromLeft = random.Next(2) == 0;
            var input = source.Next(fromLeft);
            forget();
            chain.Process(fromLeft ? Direction.LeftToRight : Direction.RightToLeft, input, time);
            if (output() is not { } result) continue;
            forwarded[fromLeft ? 0 : 1]++;
            if (result.AsSpan().SequenceEqual(input)) continue;
            translated++;
            Assert.That(result, Has.Length.EqualTo(input.Length));
            Assert.That(result[..14], Is.EqualTo(input[..14]), "MAC addresses");
            Assert.That(LongChecksum.Residuals(result),
                Is.EqualTo(LongChecksum.Residuals(input)), Convert.ToHexString(input));
        }

        return (forwarded, translated);
    }

    private static void AssertAccounted(in NfStatistics statistics)
    {
        var dropped = 0UL;
        foreach (var count in statistics.Dropped) dropped += count;
        Assert.That(statistics.Forwarded + statistics.TurnedBack + dropped,
            Is.EqualTo(statistics.PacketsLeftToRight + statistics.PacketsRightToLeft));
    }
}
