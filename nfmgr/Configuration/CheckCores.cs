using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Whether the cores that a configuration names can be had.</summary>
internal static class CheckCores
{
    public static IEnumerable<CheckResult> All(DaemonConfiguration configuration)
    {
        var named = configuration.Chain.Functions.Select(function => ($"core of NF {function.Name}", function.Core))
            .Prepend(("core of the root", configuration.RootCore)).Where(one => one.Item2 >= 0);
        foreach (var (thing, core) in named)
        {
            yield return CanBeHad(core) ? CheckResult.Ok(thing, $"{core}")
                : CheckResult.Error(thing, $"core {core} is none that this process may run on",
                    "name one that `nproc` counts and `taskset -p $$` allows, or leave it out");
        }
    }

    /// <summary>By trying it, in a thread of its own: masks and containers can allow less than the machine has.</summary>
    private static bool CanBeHad(int core)
    {
        var can = false;
        var thread = new Thread(() => can = Libc.BindToCore(core));
        thread.Start();
        thread.Join();
        return can;
    }
}
