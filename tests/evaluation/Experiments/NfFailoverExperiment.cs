using Holdfast.Evaluation.Beds;
using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;

namespace Holdfast.Evaluation.Experiments;

/// <summary>How long an NF is without a process when its process is killed.</summary>
internal sealed class NfFailoverExperiment : IExperiment
{
    private const long PacketsPerSecond = 100_000;

    private readonly Table _table = new("kill", "owner after µs", "first output after µs", "twin again after ms");

    public string Name => "nfFailover";

    public Section Run(Laboratory laboratory)
    {
        laboratory.Progress($"{laboratory.Options.Kills} kills of an NF");
        using var beds = new BedGroup(laboratory, new BedPlan(ChainPlan.Chain3, Protection.Twins));
        var kills = NfKill.Take(laboratory, beds.Beds[0], PacketsPerSecond, laboratory.Options.Kills);
        var (owners, outputs) = (kills.Select(kill => kill.OwnerUs).ToList(), kills.Select(kill => kill.OutputUs).ToList());
        for (var i = 0; i < kills.Count; i++) _table.Add(i + 1, owners[i], outputs[i], kills[i].WarmAgainMs);
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
}
