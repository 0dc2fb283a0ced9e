namespace Holdfast.Tests.Unit.Architecture;

/// <summary>Which project may depend on which.</summary>
/// <param name="Project">Path of the project file without its ending; * at the end stands for anything.</param>
/// <param name="MayLink">What it may be compiled against.</param>
/// <param name="MayStart">What it may only build, because it starts it.</param>
internal sealed record ProjectRule(string Project, string[] MayLink, string[] MayStart);

/// <summary>Which namespaces a namespace may use.</summary>
/// <param name="Namespace">Below Holdfast; with * at the end it stands for itself and all below.</param>
/// <param name="MayUse">A namespace; one of another project also stands for all below it.</param>
internal sealed record NamespaceRule(string Namespace, params string[] MayUse);

/// <summary>The allowed directions. A change here is a change of the architecture: tell ARCHITECTURE.md too.</summary>
internal static class Rules
{
    private const string Anything = "*";

    /// <summary>The first rule that fits a project counts.</summary>
    public static readonly ProjectRule[] Projects =
    [
        new("nflib/nflib", [], []),
        new("replicator/replicator", ["nflib/nflib"], []),
        new("native/native", [], []),
        new("nfmgr/nfmgr", ["nflib/nflib", "replicator/replicator", "native/native"],
            ["chains/*", "tests/generator/generator", "tests/judge/judge"]),
        new("chains/*", ["nflib/nflib"], []),
        // The far end and the judge must not know the nodes' code, so that a node can not grade itself.
        new("tests/journal/journal", ["nflib/nflib"], []),
        new("tests/generator/generator", ["nflib/nflib", "tests/journal/journal"], []),
        // What clients see is measured by who knows nothing of Holdfast.
        new("tests/witness/witness", [], []),
        new("tests/judge/judge", ["nflib/nflib", "tests/journal/journal", "chains/*"], []),
        // Compile nflib, and the NFs or the replicator, themselves, with fault points in.
        new("tests/crash/crash", [], []),
        new("tests/simulation/simulation", [], []),
        new("tests/*", [Anything], [Anything]),
    ];

    /// <summary>From the bottom of the code to its top: a namespace may use only what stands before it in this list, so
    /// there are no circles.</summary>
    public static readonly NamespaceRule[] Namespaces =
    [
        new("NfLib"), // what .NET 9 lacks, which compiles ahead of time
        new("NfLib.Memory"),
        new("NfLib.Measuring"),
        new("NfLib.Headers"),
        new("NfLib.Pcap"),
        new("NfLib.Packets", "NfLib.Memory"),
        new("NfLib.Rings", "NfLib.Memory"),
        new("NfLib.State", "NfLib.Memory"),
        new("NfLib.Wire", "NfLib.Memory", "NfLib.Rings"),
        new("NfLib.Functions", "NfLib.Headers", "NfLib.Memory", "NfLib.Packets", "NfLib.Rings", "NfLib.State"),
        new("NfLib.Flows", "NfLib.Functions", "NfLib.Headers", "NfLib.State"),
        new("NfLib.Harness", "NfLib.Functions", "NfLib.Packets", "NfLib.Rings", "NfLib.State"),
        new("NfLib.Host.Sandboxing", "NfLib.Memory"),
        new("NfLib.Host", "NfLib.Host.Sandboxing", "NfLib.Functions", "NfLib.Harness", "NfLib.Headers", "NfLib.Memory", "NfLib.Packets",
            "NfLib.Rings", "NfLib.State"),

        // An NF sees packets and its state, and nothing that would let it look at rings, memory or other NFs.
        new("Chains.Nat.Routing", "NfLib.Functions", "NfLib.Headers", "NfLib.State"),
        new("Chains.Nat", "Chains.Nat.Routing", "NfLib.Flows", "NfLib.Functions", "NfLib.Headers", "NfLib.State"),
        new("Chains.*", "NfLib.Flows", "NfLib.Functions", "NfLib.Headers", "NfLib.State"),

        // The protocol decides and does no I/O: no memory objects, no rings, no sockets.
        new("Replicator.Identity", "NfLib.State"),
        new("Replicator.Messages", "Replicator.Identity", "NfLib.Headers"),
        new("Replicator.Protocol", "Replicator.Identity", "Replicator.Messages", "NfLib.State"),
        new("Replicator.Replica", "Replicator.Protocol", "NfLib.State"),
        new("Replicator.Announcing", "NfLib.Headers", "NfLib.State"),
        new("Replicator.Root", "Replicator.Announcing", "Replicator.Identity", "Replicator.Protocol", "NfLib.Functions", "NfLib.Packets",
            "NfLib.Rings", "NfLib.State", "NfLib.Wire"),
        new("Replicator.Transport", "Replicator.Identity", "Replicator.Messages", "NfLib.Memory"),
        new("Replicator.Arbitration", "Replicator.Identity", "Replicator.Messages", "Replicator.Protocol", "Replicator.Transport"),
        new("Replicator", "Replicator.Arbitration", "Replicator.Identity", "Replicator.Messages", "Replicator.Protocol", "Replicator.Replica",
            "Replicator.Root", "Replicator.Transport", "NfLib.State"),

        new("Native"),
        new("Nfmgr.Interfaces", "NfLib"),
        new("Nfmgr.Devices", "Native"),
        new("Nfmgr.Control", "NfLib"),
        new("Nfmgr.Ports.Generator", "Nfmgr.Control", "Replicator.Root", "NfLib"),
        new("Nfmgr.Configuration", "Nfmgr.Devices", "Nfmgr.Interfaces", "Nfmgr.Ports.Generator", "Replicator.Protocol", "NfLib"),
        new("Nfmgr.Storage", "Replicator.Arbitration", "Replicator.Identity", "Replicator.Transport"),
        new("Nfmgr.Ports", "Replicator.Root", "NfLib"),
        new("Nfmgr.Ports.Interface", "Nfmgr.Interfaces", "Replicator.Root", "NfLib"),
        new("Nfmgr.Ports.Interface.Xdp", "Nfmgr.Interfaces", "Nfmgr.Ports.Interface", "Replicator.Root", "NfLib"),
        new("Nfmgr.Ports.Dpdk", "Native", "Nfmgr.Devices", "Nfmgr.Interfaces", "Nfmgr.Ports.Interface", "Nfmgr.Ports.Interface.Xdp", "Replicator.Root", "NfLib"),
        new("Nfmgr.Supervision", "Nfmgr.Configuration", "NfLib"),
        new("Nfmgr.Runtime", "Native", "Nfmgr.Devices", "Nfmgr.Configuration", "Nfmgr.Control", "Nfmgr.Interfaces", "Nfmgr.Ports", "Nfmgr.Ports.Generator", "Nfmgr.Ports.Interface",
            "Nfmgr.Ports.Interface.Xdp", "Nfmgr.Ports.Dpdk", "Nfmgr.Storage",
            "Nfmgr.Supervision", "Replicator", "NfLib"),
        new("Nfmgr.Demo", "Nfmgr.Control", "Nfmgr.Interfaces", "Nfmgr.Supervision"),
        new("Nfmgr.Commands", "Nfmgr.Configuration", "Nfmgr.Devices", "Nfmgr.Control", "Nfmgr.Demo", "Nfmgr.Ports.Generator", "Nfmgr.Runtime", "Nfmgr.Storage",
            "Nfmgr.Supervision", "NfLib"),

        new("Journal", "NfLib"),
        new("Generator*", "Journal", "NfLib"),
        new("Judge", "Chains", "Journal", "NfLib"),

        // Programs without a namespace of their own.
        new("nfmgr/Program.cs", "Nfmgr.Commands"),
        new("chains/*", "Chains", "NfLib.Host"),
        new("tests/generator/Program.cs", "Generator", "Journal", "NfLib"),
        new("tests/judge/Program.cs", "Judge", "Journal"),
    ];
}
