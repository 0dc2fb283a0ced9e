namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// What <c>nfmgr check</c> looks at beyond the file itself: whether this machine, as this user, can run what it says.
/// It changes nothing, apart from holding the listen port for a moment.
/// </summary>
public static class CheckConfiguration
{
    /// <summary>Runs all checks; a valid configuration can still have errors here.</summary>
    public static IReadOnlyList<CheckResult> Run(DaemonConfiguration configuration)
    {
        var chain = configuration.Chain;
        List<CheckResult> results =
        [
            CheckFiles.Directory("state directory", configuration.Node.StateDirectory),
            CheckFiles.Directory("runtime directory", configuration.Node.RuntimeDirectory),
            CheckFiles.SocketPath("control socket", configuration.ControlSocket),
            CheckNetwork.Listen(configuration.Listen),
            CheckNetwork.Other($"peer {configuration.Peer.Name}", configuration.Peer.Address),
        ];
        if (configuration.Replication.Arbiter is { } arbiter) results.Add(CheckNetwork.Other("arbiter", arbiter));
        results.AddRange(chain.Functions.Select(CheckFiles.Program));
        results.Add(Failures(chain.Failures));
        results.AddRange(Port("left port", chain.Left));
        results.AddRange(Port("right port", chain.Right));
        results.AddRange(CheckInterface.Both(chain));
        results.AddRange(CheckDpdk.All(configuration));
        results.Add(CheckMemory.PacketPool(configuration));
        results.AddRange(CheckCores.All(configuration));
        return results;
    }

    /// <summary>The part of it that a node looks at before it starts: its ports' interfaces and devices, and its cores.</summary>
    public static IReadOnlyList<CheckResult> Machine(DaemonConfiguration configuration) =>
        [.. CheckInterface.Both(configuration.Chain), .. CheckDpdk.All(configuration), .. CheckCores.All(configuration)];

    private static CheckResult Failures(FailureSection failures)
    {
        const string Thing = "NF failures";
        if (!failures.BatchCommit)
            return CheckResult.Warning(Thing, "batchCommit is off: the death of any NF ends the life of this node",
                "leave it on where that matters more than a few percent of throughput");
        var policy = failures.Policy switch
        {
            FailurePolicy.FailOpen => "packets pass by the NF (fail-open)",
            FailurePolicy.TakeOver => "the peer takes over if it can (takeover)",
            _ => "the chain stops (fail-closed)",
        };
        var found = $"a twin for each NF; an NF hangs after {failures.HangTimeoutMilliseconds} ms; after {failures.DeathsPerMinute} "
                    + $"deaths in a minute, {policy}";
        var bypass = CheckFiles.Program(FunctionSection.Bypass);
        return failures.Policy == FailurePolicy.FailOpen && bypass.Level == CheckLevel.Error
            ? CheckResult.Error(Thing, bypass.Value, bypass.Remedy)
            : CheckResult.Ok(Thing, found);
    }

    private static IEnumerable<CheckResult> Port(string thing, PortSection port)
    {
        switch (port)
        {
            case WirePortSection wire:
                yield return CheckFiles.Wire(thing, wire.Socket);
                break;
            case PcapPortSection pcap:
                if (pcap.Read is { } read) yield return CheckFiles.CaptureInput($"{thing}, read", read);
                if (pcap.Write is { } write) yield return CheckFiles.Output($"{thing}, write", write);
                break;
        }
    }
}
