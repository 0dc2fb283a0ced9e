using System.Diagnostics;
using Holdfast.Evaluation.Beds;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;

namespace Holdfast.Evaluation.Experiments;

/// <summary>What followed when the process of a chain's second NF got SIGKILL; from just before the signal.</summary>
/// <param name="OwnerUs">Microseconds until its twin owned the NF.</param>
/// <param name="OutputUs">And until the first output of that was published.</param>
/// <param name="WarmAgainMs">Milliseconds until the NF had a twin again, started and warmed up.</param>
internal sealed record NfKill(double OwnerUs, double OutputUs, double WarmAgainMs)
{
    private const int Victim = 1;

    /// <summary>Kills under a load, one after the other.</summary>
    /// <param name="bed">Whose NFs have twins.</param>
    /// <param name="rate">Packets a second.</param>
    /// <param name="count">How many kills.</param>
    public static List<NfKill> Take(Laboratory laboratory, Bed bed, long rate, int count) => laboratory.Measure(bed, rate, chain =>
    {
        chain.Begin(rate);
        var kills = new List<NfKill>();
        for (var i = 0; i < count; i++)
        {
            laboratory.ThrowIfStopped();
            var before = WaitFor(chain, IsWhole);
            Thread.Sleep(20); // not while it still recovers from the last one
            var killedAt = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
            _ = Syscall.kill(before.ProcessId, Signum.SIGKILL);
            Thread.Sleep(15); // asking what is going on takes time from what is measured
            var after = WaitFor(chain, status => status.Functions[Victim] is { FirstOutputAt: > 0 } f && f.Generation > before.Generation);
            _ = WaitFor(chain, IsWhole);
            var wholeAt = Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency);
            kills.Add(new NfKill((after.TookOverAt - killedAt) / 1e3, (after.FirstOutputAt - killedAt) / 1e3, (wholeAt - killedAt) / 1e6));
        }

        chain.End();
        return kills;
    });

    private static bool IsWhole(StatusReport status) => status.Functions.All(f => f is { State: "running", TwinProcessId: not 0 });

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
