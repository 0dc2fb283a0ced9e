using Holdfast.Chains.Nat;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Tests.Unit.Headers;
using NUnit.Framework;
using static Holdfast.Tests.Unit.Chains.TestRouter;

namespace Holdfast.Tests.Unit.Chains;

/// <summary>The NAT as a router takes whatever comes, and what it sends is sound.</summary>
public sealed class RouterFuzzTests
{
    private const int Frames = 60_000;

    // Rings never fill here.
    private static readonly DropReason[] NotHere = [DropReason.Undecided, DropReason.NoRoom, DropReason.Poison];

    [Test]
    public void What_it_makes_of_sound_frames_is_sound([Values(1, 2)] int seed)
    {
        var outputs = 0;
        using var chain = new InProcessChain([new Nat(Settings with { Sessions = 40 })], (direction, _, frame) =>
        {
            outputs++;
            AssertSound(direction, frame);
        });
        Play(chain, seed, IsSound);
        Assert.That(outputs, Is.GreaterThan(Frames / 10));
    }

    [Test]
    public void It_takes_frames_of_all_kinds_and_loses_none([Values(3, 4)] int seed)
    {
        using var chain = new InProcessChain([new Nat(Settings with { Sessions = 100 })], (_, _, _) => { });
        Play(chain, seed, _ => true);
        ref readonly var statistics = ref chain.Blocks[0].Statistics;
        var dropped = 0UL;
        foreach (var count in statistics.Dropped) dropped += count;
        Assert.That(statistics.Forwarded + statistics.TurnedBack + dropped, Is.EqualTo((ulong)Frames));
        Assert.That(statistics.TurnedBack, Is.GreaterThan(Frames / 50));
        // Most of those who get no port are told so by an error instead.
        foreach (var reason in Enum.GetValues<DropReason>().Except([DropReason.TableFull]))
        {
            Assert.That(statistics.Dropped[(int)reason] > 0,
                Is.Not.EqualTo(NotHere.Contains(reason)), $"{reason}");
        }
    }

    private static void Play(InProcessChain chain, int seed, Func<byte[], bool> isWanted)
    {
        var random = new Random(seed);
        var source = new RouterFrames(seed);
        var time = NfRun.Start;
        for (var i = 0; i < Frames;)
        {
            var fromLeft = random.Next(2) == 0;
            var frame = source.Next(fromLeft);
            if (!isWanted(frame)) continue;
            time += random.Next(30_000_000);
            chain.Process(fromLeft ? Direction.LeftToRight : Direction.RightToLeft, frame, time);
            i++;
        }
    }

    private static bool IsSound(byte[] frame)
    {
        if (!PacketHeaders.TryParse(frame, out var headers)) return false;
        if (headers.IpVersion != 4) return true;
        if (headers.IsFragment)
            return LongChecksum.Of(frame.AsSpan(headers.NetworkOffset..headers.TransportOffset)) is [0, 0];
        var (header, transport) = LongChecksum.Residuals(frame);
        return header == 0xFFFF && (transport is -1 or 0xFFFF);
    }

    private static void AssertSound(Direction direction, ReadOnlySpan<byte> frame)
    {
        var text = Convert.ToHexString(frame);
        Assert.That(PacketHeaders.TryParse(frame, out var headers), text);
        if (headers.IpVersion == 6) return;
        var isOurs = headers.IpVersion == 4 || frame[12..14] is [0x08, 0x06];
        if (!isOurs) return;
        Assert.That(frame[6..12].ToArray(), Is.EqualTo(new byte[] { 2, 0x48, 192, 0, 2, 1 }), text);
        if (headers.IpVersion != 4) return;
        Assert.That(IsSound(frame.ToArray()), text);
        Assert.That(frame[headers.NetworkOffset + 8], Is.GreaterThan(0), "time to live");
        var isInside = (headers.Source >> 8) == 0x0A0001 || (headers.Source >> 8) == 0x0A0000;
        Assert.That(isInside && direction == Direction.LeftToRight, Is.False, "an inside address has got out: " + text);
    }
}
