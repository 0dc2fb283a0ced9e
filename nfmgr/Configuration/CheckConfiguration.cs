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
            CheckNetwork.Peer(configuration.Peer),
        ];
        results.AddRange(chain.Functions.Select(CheckFiles.Program));
        results.AddRange(Port("left port", chain.Left));
        results.AddRange(Port("right port", chain.Right));
        results.AddRange(CheckInterface.Both(chain));
        results.Add(CheckMemory.PacketPool(configuration));
        return results;
    }

    /// <summary>The part of it that a node looks at before it starts: its ports' interfaces.</summary>
    public static IReadOnlyList<CheckResult> Interfaces(DaemonConfiguration configuration) =>
        [.. CheckInterface.Both(configuration.Chain)];

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
