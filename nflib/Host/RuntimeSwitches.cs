namespace Holdfast.NfLib.Host;

/// <summary>
/// What nfmgr sets in the environment of the processes that it starts for NFs (numbers are hexadecimal there). What counts
/// is the processor time until a process is ready, that nothing is left to compile then, and what a packet costs.
/// </summary>
/// <remarks>
/// Medians on a busy 2-core machine, monitor: ready after ms, compiling afterwards ms, a packet ns (processor time).
/// Defaults and 2,000 single packets, as it was: 127, 60, 42 (54 before it is through with compiling). Defaults until all is
/// settled, calls counted at once: 314, 25, 42; with the threshold here: 255, 3, 43. TieredPGO=0: 190, 3, 54.
/// TieredCompilation=0: 265, 2, 55. So profiles are worth their price. EnableWriteXorExecute=0 made no difference beyond
/// noise. ReadyToRun of our assemblies would save 27 ms, by a publish step; the JSON of attaching costs 29.
/// </remarks>
internal static class RuntimeSwitches
{
    /// <summary>Calls after which the runtime compiles a method anew, with what it has learnt of it; <see cref="WarmUp"/>
    /// makes more. With its own 30, much of what runs only at the start is compiled twice.</summary>
    public const int CallCountThreshold = 0x100;

    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["DOTNET_TC_CallCountThreshold"] = $"{CallCountThreshold:x}",
        // The runtime would begin to count only when nothing new has run for 100 ms.
        ["DOTNET_TC_CallCountingDelayMs"] = "0",
        // No concurrent collection: its thread is of no use to a loop that allocates nothing.
        ["DOTNET_gcConcurrent"] = "0",
        // A dump would delay the notice of the death by 164 to 272 ms.
        ["DOTNET_DbgEnableMiniDump"] = "0",
        // Its sockets are not for NFs, and its files outlive a SIGKILL.
        ["DOTNET_EnableDiagnostics"] = "0",
    };
}
