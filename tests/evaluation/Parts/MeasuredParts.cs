using Holdfast.Benchmarks;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Parts;

/// <summary>The parts of the data path and of a checkpoint, one by one; set up as the benchmarks do.</summary>
internal static class MeasuredParts
{
    private const int Burst = 32, LineBytes = 64;

    /// <summary>Names as in results.json, and nanoseconds of each.</summary>
    public static IEnumerable<(string Name, string What, Spread Nanoseconds)> All(PartTimer timer)
    {
        foreach (var part in OfState(timer)) yield return part;
        foreach (var part in OfPackets(timer)) yield return part;
    }

    private static IEnumerable<(string, string, Spread)> OfState(PartTimer timer)
    {
        foreach (var kib in new[] { 1, 4, 64 })
        {
            var delta = new DeltaBenchmarks { Lines = kib * 1024 / LineBytes };
            delta.Make();
            if (kib != 4)
            {
                yield return ($"encode{kib}KiB", $"encode a checkpoint of {kib} KiB", timer.Time(() => delta.Encode()));
                yield return ($"decode{kib}KiB", $"check a received checkpoint of {kib} KiB", timer.Time(() => delta.Check()));
                yield return ($"apply{kib}KiB", $"apply it", timer.Time(delta.Apply));
            }

            var (both, mark) = (timer.Time(() => delta.MarkAndCapture()), timer.Time(delta.Mark));
            yield return ($"capture{kib}KiB", $"capture {kib} KiB of changed lines, spread over the block", Without(both, mark));
            if (kib == 1) yield return ("scan", "dirty scan of a block's masks, nothing changed", timer.Time(() => delta.Scan()));
            delta.Free();
        }

        foreach (var bytes in new[] { 1024, 65_536 })
        {
            var message = new MessageBenchmarks { Payload = bytes };
            message.Make();
            yield return ($"message{bytes / 1024}KiB", $"write and read a message of {bytes / 1024} KiB, with both checksums", timer.Time(() => message.WriteAndRead()));
        }

        var copy = new CopyBenchmarks();
        yield return ("copy4KiB", "copy a page of 4 KiB", timer.Time(copy.CopyPage));
    }

    private static IEnumerable<(string, string, Spread)> OfPackets(PartTimer timer)
    {
        var journal = new JournalBenchmarks();
        journal.Make();
        yield return ("journalLine", "journal one line of 64 bytes, and forget it", Each(timer.Time(() => journal.Lines())));
        yield return ("journalHeader", "journal one packet's 64 header bytes, and forget them", Each(timer.Time(() => journal.Headers())));
        journal.Free();

        var ring = new RingBenchmarks();
        ring.Make();
        yield return ("ringHop", "enqueue and dequeue one descriptor, in bursts of 32", Each(timer.Time(() => ring.EnqueueAndDequeueBurst())));
        ring.Free();

        var loop = new LoopBenchmarks();
        loop.Make();
        yield return ("barrier", "pass a barrier on in both directions and capture nothing", timer.Time(() => loop.PassBarrier()));
        yield return ("loop", "one packet through an NF's loop, in batches of 32", Each(timer.Time(() => loop.ForwardBatch())));
        loop.Free();
    }

    private static Spread Each(Spread burst) => Spread.Of([.. burst.All.Select(nanoseconds => nanoseconds / Burst)]);

    /// <summary>What is left when something is taken away that could not be left out.</summary>
    private static Spread Without(Spread both, Spread other) => Spread.Of([.. both.All.Select(nanoseconds => Math.Max(0, nanoseconds - other.Median))]);
}
