using Holdfast.Chains.Firewall;
using Holdfast.NfLib.Functions;
using Holdfast.Tests.Unit.Chains;
using NUnit.Framework;

namespace Holdfast.Tests.Dissection;

/// <summary>The firewall forwards frames as they came or drops them, by what tshark says they are.</summary>
public sealed class FirewallDissectionTests
{
    private const long SynAlone = 0x02, SynAckRstFin = 0x17; // TCP's flags

    [Test]
    public void Every_frame_comes_out_as_it_went_in_or_is_dropped_for_a_reason_that_tshark_sees_too(
        [ValueSource(typeof(Captures), nameof(Captures.Names))] string name, [Values] bool swapped)
    {
        var capture = Captures.Load(name);
        using var run = new NfRun(new Firewall(new FirewallSettings()));
        var opened = new HashSet<(string, string)>();
        var (fates, faults) = (new SortedDictionary<string, int>(), new List<string>());
        foreach (var (i, fromLeft) in capture.FromLeft(swapped).Index())
        {
            var (frame, dissected) = (capture.Frames[i], capture.Dissected[i]);
            var outcome = fromLeft ? run.FromLeft(frame, i / 1000.0) : run.FromRight(frame, i / 1000.0);
            var fate = outcome.Dropped?.ToString() ?? "forwarded";
            fates[fate] = fates.GetValueOrDefault(fate) + 1;
            if (outcome.Dropped is { } reason)
            {
                if (!MayDrop(reason, dissected, fromLeft)) faults.Add($"{capture.Names[i]} was dropped: {reason}");
                continue;
            }

            Assert.That(outcome.Frame, Is.EqualTo(frame), capture.Names[i]);
            if (dissected.Headers is not { } headers) continue;
            var (source, destination) = (headers.Source!.Show, headers.Destination!.Show);
            if (fromLeft) opened.Add((source, destination));
            if (!MayForward(headers, fromLeft, opened.Contains((destination, source)), opened))
                faults.Add($"{capture.Names[i]} passed");
        }

        TestContext.Out.WriteLine(string.Join(", ", fates.Select(fate => $"{fate.Key} {fate.Value}")));
        Assert.That(faults, Is.Empty, () => string.Join('\n', faults));
    }

    private static bool MayDrop(DropReason reason, DissectedFrame dissected, bool fromLeft)
    {
        if (reason == DropReason.Malformed) return Oddities.MayBeMalformed(dissected);
        if (dissected.Headers is not { } headers) return false;
        return reason switch
        {
            DropReason.Fragment => headers.IsLaterFragment || headers.Quoted is { IsLaterFragment: true },
            DropReason.Policy => Oddities.MayBeSourceRouted(dissected)
                || !fromLeft && !headers.IsNeighbourDiscovery && !headers.IsError,
            DropReason.NoSession => headers.IsError || headers.IsReply
                || headers.Transport == "tcp" && (headers.TcpFlags & SynAckRstFin) != SynAlone,
            _ => false,
        };
    }

    private static bool MayForward(Headers headers, bool fromLeft, bool answers, HashSet<(string, string)> opened)
    {
        if (headers.IsLaterFragment || headers.IsSourceRouted) return false;
        if (headers.IsNeighbourDiscovery) return true;
        // Whoever sends it, an error is about a packet that passed before.
        if (headers.Quoted is { } quoted)
        {
            var (source, destination) = (quoted.Source!.Show, quoted.Destination!.Show);
            return !headers.IsError || opened.Contains((source, destination)) || opened.Contains((destination, source));
        }

        return fromLeft || answers;
    }
}
