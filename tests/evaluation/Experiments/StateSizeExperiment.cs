using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What it costs to have more state changed per batch.</summary>
internal sealed class StateSizeExperiment : IExperiment
{
    private const int BatchPackets = 32, LineBytes = 64;

    /// <summary>What a forwarder can change beside its own counter; stands for the 64 KiB of the papers.</summary>
    private const int MostBytes = 62 << 10;

    private readonly Table _table = new("bytes changed per batch", "Mpps", "lowest", "highest", "unprotected Mpps", "ratio", "ratio lowest", "ratio highest",
        "wire bytes per byte changed", "wire bytes per byte captured", "lines per checkpoint");

    public string Name => "stateSize";

    public Section Run(Laboratory laboratory)
    {
        int[] sizes = laboratory.Options.Quick ? [8, 1024, 16_384, 65_536] : [8, 64, 256, 1024, 4096, 16_384, 32_768, 65_536];
        var points = sizes.Select(size => (Size: size, Found: Compare(laboratory, size))).ToList();
        return new Section(Name, "Throughput against state changed",
            "A chain of one forwarder that changes so much of its state with every batch, protected by a standby node, against the same chain with the same setting "
            + $"unprotected, in turns. At 64 KiB it changes {MostBytes:N0} bytes, all that a state block has beside directory and counter. Wire bytes are what the kernel "
            + "counted as sent by both ends of the replication connection. They stand over two things: over the bytes changed, as packets ÷ 32 × bytes per batch (no "
            + "more than were really changed, as batches are not always full); and over the bytes captured, 64 for each changed line in a checkpoint. Several batches that "
            + "change the same bytes before a checkpoint closes travel once, so the first can be far below 1.",
            "REINFORCE's comparison (its Figure 3c) is near the line rate of 14.88 Mpps up to 16 KiB, and at 8.7 Mpps with 64 KiB.",
            _table,
            [
                new LinePlot("Throughput against state changed per batch", "bytes changed per batch", "Mpps", true,
                [
                    new Line("unprotected", [.. points.Select(point => ((double)point.Size, point.Found.Unprotected.Median))]),
                    new Line("standby node", [.. points.Select(point => ((double)point.Size, point.Found.Protected.Median))]),
                ]),
            ]);
    }

    private (Spread Unprotected, Spread Protected) Compare(Laboratory laboratory, int size)
    {
        laboratory.Progress($"{size} bytes of state changed per batch");
        var bytes = Math.Min(size, MostBytes);
        var chain = ChainPlan.Forwarders(1, bytes);
        using var beds = new BedGroup(laboratory, new BedPlan(chain, Protection.Unprotected), new BedPlan(chain, Protection.StandbyNode));
        var measured = Turns.Take(laboratory.Options.Turns, beds.Beds, bed => laboratory.Measure(bed, Bed.Everything, Watch));
        var of = measured.ToDictionary(one => one.Key.Plan.Protection, one => one.Value);
        Spread Each(Protection protection, Func<Watched, double> figure) => Spread.Of([.. of[protection].Select(figure)]);

        var unprotected = Each(Protection.Unprotected, turn => turn.Load.Mpps);
        var mpps = Each(Protection.StandbyNode, turn => turn.Load.Mpps);
        var ratio = mpps.Over(unprotected);
        var perChanged = Each(Protection.StandbyNode, turn => turn.WireBytes / Math.Max(1, turn.Load.Taken / BatchPackets * bytes));
        var perCaptured = Each(Protection.StandbyNode, turn => turn.WireBytes / Math.Max(1.0, turn.Lines * LineBytes));
        var lines = Each(Protection.StandbyNode, turn => turn.Lines / Math.Max(1.0, turn.Captures));
        var path = $"stateSize.{size}";
        laboratory.Results.Put($"{path}.mpps", mpps);
        laboratory.Results.Put($"{path}.unprotectedMpps", unprotected);
        laboratory.Results.Put($"{path}.ratio", ratio);
        laboratory.Results.Put($"{path}.wireBytesPerChangedByte", perChanged);
        laboratory.Results.Put($"{path}.wireBytesPerCapturedByte", perCaptured);
        laboratory.Results.Put($"{path}.linesPerCheckpoint", lines);
        _table.Add(size, mpps.Median, mpps.Low, mpps.High, unprotected.Median, ratio.Median, ratio.Low, ratio.High, perChanged.Median, perCaptured.Median, lines.Median);
        return (unprotected, mpps);

        Watched Watch(Bed bed)
        {
            var (before, wire) = (bed.Status(bed.Primary).Functions[0], WireBytesOf(bed));
            var load = bed.Load(Bed.Everything, laboratory.Options.Seconds);
            var after = bed.Drain().Functions[0];
            return new Watched(load, WireBytesOf(bed) - wire, after.CapturedLines - before.CapturedLines, after.Captures - before.Captures);
        }
    }

    private static long WireBytesOf(Bed bed) => bed.Standby is null ? 0 : SocketBytes.SentOn(bed.ReplicationPorts);

    private sealed record Watched(Measured Load, long WireBytes, double Lines, double Captures);
}
