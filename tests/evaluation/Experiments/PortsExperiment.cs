using System.Text.Json.Nodes;
using Holdfast.Chaos.Networks;
using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;
using Holdfast.Native;

namespace Holdfast.Evaluation.Experiments;

/// <summary>Ports of type interface and dpdk on the same interfaces.</summary>
internal sealed class PortsExperiment : IExperiment
{
    private readonly Table _table = new("ports", "frame bytes", "kpps", "lowest", "highest", "p50 µs", "p99 µs");
    private readonly Dictionary<(string Port, int Bytes), Spread> _kpps = [];

    public string Name => "ports";

    public Section Run(Laboratory laboratory)
    {
        if (NetworkNamespace.Missing() is { } missing) laboratory.Note($"ports on interfaces are left out: {missing}");
        else Compare(laboratory);
        return new Section(Name, "Ports on interfaces",
            "A node without NFs between two veth pairs, whose ports are of another type in each turn: AF_PACKET (interface, packet), AF_XDP with the kernel copying (interface, xdp), and DPDK's "
            + "net_af_packet. One sender sends as fast as its kernel takes frames, and shares two cores with the node; what arrives counts. Latency: one frame at a time from socket to socket, a "
            + "millisecond apart, so that all loops sleep in between.",
            "", _table,
            _kpps.Count == 0 ? [] : [new BarPlot("Ports on veth", "bytes", "kpps", [.. _kpps.Keys.Select(key => $"{key.Bytes}").Distinct()],
                [.. _kpps.Keys.Select(key => key.Port).Distinct().Select(port => new Bars(port, [.. _kpps.Where(one => one.Key.Port == port).Select(one => one.Value)]))])]);
    }

    private void Compare(Laboratory laboratory)
    {
        var options = laboratory.Options;
        var frames = options.Quick ? 200 : 2000;
        using var bed = new CableBed(laboratory.NewDirectory());
        laboratory.Progress("ports on veth pairs");
        var measured = Turns.Take(options.Turns, Kinds(laboratory).ToList(), kind => bed.With(kind.Port, () =>
        {
            laboratory.ThrowIfStopped();
            var small = bed.Kpps(60, options.Seconds);
            return (Small: small, Large: bed.Kpps(1514, options.Seconds), Latencies: bed.Latencies(frames));
        }));
        foreach (var (kind, turns) in measured)
        {
            var (small, large) = (Spread.Of([.. turns.Select(turn => turn.Small)]), Spread.Of([.. turns.Select(turn => turn.Large)]));
            double[] latencies = [.. turns.SelectMany(turn => turn.Latencies)];
            if (latencies.Length == 0 || small.Low <= 0)
            {
                laboratory.Violate($"ports of kind {kind.Key} carried nothing in a turn");
                continue;
            }

            var (p50, p99) = (Quantiles.Of(latencies, 0.5), Quantiles.Of(latencies, 0.99));
            laboratory.Results.Put($"ports.{kind.Key}.kpps60", small);
            laboratory.Results.Put($"ports.{kind.Key}.kpps1514", large);
            laboratory.Results.Put($"ports.{kind.Key}.p50Us", p50);
            laboratory.Results.Put($"ports.{kind.Key}.p99Us", p99);
            _table.Add(kind.Title, 60, small.Median, small.Low, small.High, p50, p99);
            _table.Add(kind.Title, 1514, large.Median, large.Low, large.High, "", "");
            (_kpps[(kind.Title, 60)], _kpps[(kind.Title, 1514)]) = (small, large);
        }
    }

    private static IEnumerable<(string Key, string Title, Func<string, JsonObject> Port)> Kinds(Laboratory laboratory)
    {
        yield return ("packet", "interface, packet", side => new JsonObject { ["type"] = "interface", ["interface"] = side, ["mode"] = "packet" });
        yield return ("xdp", "interface, xdp", side => new JsonObject { ["type"] = "interface", ["interface"] = side, ["mode"] = "xdp" });
        try
        {
            DpdkEnvironment.Load();
        }
        catch (DpdkException error)
        {
            laboratory.Note($"dpdk ports on interfaces are left out: {error.Message}");
            yield break;
        }

        yield return ("dpdk", "dpdk, net_af_packet", side => new JsonObject { ["type"] = "dpdk", ["device"] = $"net_af_packet{(side == "left" ? 0 : 1)},iface={side}" });
    }
}
