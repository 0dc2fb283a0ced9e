using System.Diagnostics;
using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;

namespace Holdfast.Evaluation.Experiments;

/// <summary>How long an NF is without a process when its process is killed.</summary>
internal sealed class NfFailoverExperiment : IExperiment
{
    private const long PacketsPerSecond = 100_000;
    private const int Victim = 1;

    private readonly Table _table = new("kill", "owner after µs", "first output after µs");

    public string Name => "nfFailover";

    public Section Run(Laboratory laboratory)
    {
        laboratory.Progress($"{laboratory.Options.Kills} kills of an NF");
        using var beds = new BedGroup(laboratory, new BedPlan(ChainPlan.Chain3, Protection.Twins));
        var kills = laboratory.Measure(beds.Beds[0], PacketsPerSecond, bed => Kill(bed, laboratory.Options.Kills));
        var (owners, outputs) = (kills.Select(kill => kill.OwnerUs).ToList(), kills.Select(kill => kill.OutputUs).ToList());
        for (var i = 0; i < kills.Count; i++) _table.Add(i + 1, owners[i], outputs[i]);
        Put("", outputs);
        Put("owner", owners);
        laboratory.Results.Put("nfFailover.kills", kills.Count);
        return new Section(Name, "Failover of an NF",
            $"Three forwarders with twins, {PacketsPerSecond:N0} packets a second; the process of the middle one gets SIGKILL. From just before the signal until its twin owns the NF, "
            + "and until the first output of that is published. Every packet that went in must come out and be counted once by each NF.",
            "", _table,
            [new LinePlot("From SIGKILL: the share of kills after which it took no longer", "µs", "share", false, [Distribution.Of("twin owns the NF", owners), Distribution.Of("first output", outputs)])]);

        void Put(string what, List<double> values)
        {
            string Key(string name) => $"nfFailover.{(what.Length > 0 ? what + char.ToUpperInvariant(name[0]) + name[1..] : name)}";
            laboratory.Results.Put(Key("p50Us"), Quantiles.Of(values, 0.5));
            laboratory.Results.Put(Key("p99Us"), Quantiles.Of(values, 0.99));
            laboratory.Results.Put(Key("maxUs"), values.Max());
        }
    }

    private static List<(double OwnerUs, double OutputUs)> Kill(Bed bed, int count)
    {
        bed.Begin(PacketsPerSecond);
        var kills = new List<(double, double)>();
        for (var i = 0; i < count; i++)
        {
            var before = WaitFor(bed, status => status.Functions.All(f => f is { State: "running", TwinProcessId: not 0 }));
            Thread.Sleep(20); // not while it still recovers from the last one
            var killedAt = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
            _ = Syscall.kill(before.ProcessId, Signum.SIGKILL);
            Thread.Sleep(15); // asking what is going on takes time from what is measured
            var after = WaitFor(bed, status => status.Functions[Victim] is { FirstOutputAt: > 0 } f && f.Generation > before.Generation);
            kills.Add(((after.TookOverAt - killedAt) / 1e3, (after.FirstOutputAt - killedAt) / 1e3));
        }

        bed.End();
        return kills;
    }

    private static FunctionStatus WaitFor(Bed bed, Func<StatusReport, bool> wanted)
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (Environment.TickCount64 < deadline)
        {
            if (bed.Status(bed.Primary) is var status && wanted(status)) return status.Functions[Victim];
            Thread.Sleep(5);
        }

        throw new DemoException($"NF {bed.Plan.Chain.Functions[Victim].Name} has no successor with a twin after 30 s\n{bed.Primary.LogTail()}");
    }
}
