using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Parts;
using Holdfast.Evaluation.Peers;
using Holdfast.Evaluation.Reporting;
using Holdfast.Native;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What chains carry between DPDK's null devices, beside DPDK's own forwarder, and what crossing into C costs.</summary>
internal sealed class DpdkExperiment : IExperiment
{
    private const string Ceiling = "testpmd";

    private readonly Table _table = new("what", "burst", "Mpps", "ns a burst", "ns a packet", "lowest", "highest", "of testpmd");
    private readonly List<(string Name, Spread Mpps)> _bars = [];

    public string Name => "dpdk";

    public Section Run(Laboratory laboratory)
    {
        try
        {
            DpdkEnvironment.Load();
            Forward(laboratory);
            Cross(laboratory);
        }
        catch (DpdkException error)
        {
            laboratory.Note($"chains between DPDK's devices are left out: {error.Message}");
        }

        return new Section(Name, "DPDK",
            "nfmgr with dpdk ports on two null devices, which always have frames of 64 B and take all, through no, one and three forwarders (batch commit and twins, as by "
            + "default), both directions together; beside them dpdk-testpmd in io mode, in turns. Then, in one process, a call into C that does nothing, and receiving a burst from a null device "
            + "and sending it, which are two calls.",
            "",
            _table,
            _bars.Count == 0 ? [] : [new BarPlot("Between null devices", "", "Mpps", [.. _bars.Select(bar => bar.Name)], [new Bars("Mpps", [.. _bars.Select(bar => bar.Mpps)])])]);
    }

    private void Forward(Laboratory laboratory)
    {
        var options = laboratory.Options;
        laboratory.Progress("chains between DPDK's null devices");
        var chains = new List<NullChain>();
        try
        {
            var contestants = new List<(string Key, Func<double> Measure)>();
            if (Tool.Testpmd.Remedy is { } why) laboratory.Note($"dpdk-testpmd is left out: {why}");
            else contestants.Add((Ceiling, () => Testpmd.Mpps(options.Seconds)));
            foreach (var functions in new[] { 0, 1, 3 })
            {
                var chain = new NullChain(ChainPlan.Forwarders(functions) with { IsPlaced = functions > 0 }, laboratory.NewDirectory());
                chains.Add(chain);
                contestants.Add(($"nfs{functions}", () => chain.Mpps(options.WarmUpSeconds, options.Seconds)));
            }

            if (Tool.Testpmd.Remedy is null) laboratory.NoteCommand(Testpmd.Command);
            var measured = Turns.Take(options.Turns, contestants, contestant => contestant.Measure()).ToDictionary(one => one.Key.Key, one => Spread.Of(one.Value));
            foreach (var (key, mpps) in measured)
            {
                var share = measured.TryGetValue(Ceiling, out var ceiling) ? mpps.Over(ceiling) : null;
                laboratory.Results.Put($"dpdk.{key}.mpps", mpps);
                if (share is not null && key != Ceiling) laboratory.Results.Put($"dpdk.{key}.overTestpmd", share);
                var title = key == Ceiling ? "dpdk-testpmd" : $"{key[3..]} NFs";
                _table.Add(title, 32, mpps.Median, "", 1e3 / mpps.Median, mpps.Low, mpps.High, share?.Median ?? (object)"");
                _bars.Add((title, mpps));
                // A chain that forwards nothing is wrong, however slow the machine.
                if (mpps.Low <= 0) laboratory.Violate($"{title} between null devices forwarded nothing in a turn");
            }
        }
        finally
        {
            foreach (var chain in chains) chain.Dispose();
        }
    }

    private void Cross(Laboratory laboratory)
    {
        laboratory.Progress("crossing into C");
        using var crossing = new Crossing();
        var timer = laboratory.Options.Quick ? new PartTimer(5, 0.002) : new PartTimer(15, 0.02);
        foreach (var (what, burst, nanoseconds) in crossing.All(timer))
        {
            var key = what.StartsWith("receive", StringComparison.Ordinal) ? "receiveAndSend" : "call";
            laboratory.Results.Put($"dpdk.crossing.{key}{burst}.nsPerBurst", nanoseconds);
            laboratory.Results.Put($"dpdk.crossing.{key}{burst}.nsPerPacket", nanoseconds.Median / burst);
            _table.Add(what, burst, "", nanoseconds.Median, nanoseconds.Median / burst, nanoseconds.Low, nanoseconds.High, "");
        }
    }
}
