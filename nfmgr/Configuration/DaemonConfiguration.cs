using System.Text.Json;
using Holdfast.Nfmgr.Devices;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// Everything that <c>nfmgr run --config FILE</c> is told: one node, its peer and their chain. Paths are absolute here;
/// in the file they may be relative to it.
/// </summary>
/// <remarks>
/// <code>
/// key                        unit, values                            default
/// node.name                  1–24 of a-z 0-9 -                       required
/// node.stateDirectory        path                                    /var/lib/holdfast
/// node.runtimeDirectory      path                                    /run/holdfast
/// listen                     address:port                            required
/// peer.name                  1–24 of a-z 0-9 -                       required
/// peer.address               address:port                            required
/// initialPrimary             the name of the node or the peer        required
/// chain.name                 1–24 of a-z 0-9 -                       required
/// chain.seed                 0 to 2^64 - 1                           0
/// chain.functions            0–16, from left to right                required
///   .name                    1–24 of a-z 0-9 -, unique               required
///   .program                 a shipped NF's name, or a path with /   required
///   .settings                object, for the NF                      { }
///   .core                    that its loop runs on, 0–1,023          any
/// chain.left, chain.right    a port                                  required
///   .type                    interface, dpdk, wire, pcap, generator  required
///   .interface (interface)   name of an Ethernet interface           required
///   .mode (interface)        auto, packet, xdp                       auto
///   .device (dpdk)           PCI address, or virtual device          required
///   .queues (dpdk)           to receive from, 1–16                   1
///   .descriptors (dpdk)      of each queue, 64–4,096                 512
///   .vlan (dpdk)             1–4,094: the network with that tag      all frames
///   .socket (wire)           path of the far end's unix socket       required
///   .read, .write (pcap)     path; at least one of the two           none
///   .pace (pcap)             fast, recorded                          fast
///   .rate (generator)        frames a second, 0–10^9                 0
///   .frameBytes (generator)  without FCS, 60–1,514; 0 for a mix      60
///   .flows (generator)       five-tuples in turn, 1–65,536           64
/// chain.packetBuffers        buffers, 1,024–1,048,576                8,192
/// chain.packetsInChain       packets per direction, 32–4,096         2,048
/// chain.batchCommit          true, false                             true
/// chain.twins                true, false                             as batchCommit
/// chain.hangTimeout          ms without a finished batch, 20–60,000  100
/// chain.onFunctionFailure    fail-closed, fail-open, takeover        fail-closed
/// chain.deathsPerMinute      of one NF, 1–100,000                    20
/// chain.quarantinePerMinute  packets of one NF, 0–10,000             10
/// chain.quarantineBytes      of one NF on disk, 0–2^40               16,777,216
/// replication.detect         ms of silence, 5–60,000                 50
/// replication.minSpacing     µs, 0–1,000,000                         20
/// replication.maxInterval    µs, 100–1,000,000, not under minSpacing 1,000
/// replication.onSilence      standby-wins, prefer-availability,      standby-wins
///                            arbiter
/// replication.arbiter        address:port, for onSilence arbiter     none
/// replication.onStateLoss    resume, wait                            resume
/// replication.joinLines      of each NF in a checkpoint, 1–1,024     128
/// waiting                    auto, poll, yield, sleep                auto
/// rootCore                   that the root's loop runs on, 0–1,023   any
/// hugePages                  auto, never                             auto
/// dpdk.arguments             texts, for DPDK's EAL                   none
/// </code>
/// </remarks>
public sealed record DaemonConfiguration
{
    /// <summary>The file this was read from, as the user named it.</summary>
    public required string File { get; init; }

    public required NodeSection Node { get; init; }

    /// <summary>Where this node takes the peer's replication connection.</summary>
    public required NodeAddress Listen { get; init; }

    public required PeerSection Peer { get; init; }

    /// <summary>Which of the two nodes rules a chain that never ran before.</summary>
    public required string InitialPrimary { get; init; }

    public required ChainSection Chain { get; init; }

    public required ReplicationSection Replication { get; init; }

    public required WaitStrategy Waiting { get; init; }

    public required HugePageUse HugePages { get; init; }

    /// <summary>What DPDK's environment is told beside what nfmgr tells it; only looked at where a port is of that type.</summary>
    public IReadOnlyList<string> DpdkArguments { get; init; } = [];

    /// <summary>The core that the root's loop runs on; -1 for any.</summary>
    public int RootCore { get; init; } = -1;

    /// <summary>Whether this node is the one that rules first.</summary>
    public bool IsInitialPrimary => InitialPrimary == Node.Name;

    /// <summary>The unix socket of this node's control interface.</summary>
    public string ControlSocket => Path.Combine(Node.RuntimeDirectory, $"{Node.Name}.sock");
}

/// <param name="Name">This node's name.</param>
/// <param name="StateDirectory">Where terms and incarnations are kept across restarts.</param>
/// <param name="RuntimeDirectory">Where sockets live while the daemon runs.</param>
public sealed record NodeSection(string Name, string StateDirectory, string RuntimeDirectory);

/// <param name="Name">The peer's name.</param>
/// <param name="Address">Where the peer takes our replication connection.</param>
public sealed record PeerSection(string Name, NodeAddress Address);

/// <param name="Name">The chain's name.</param>
/// <param name="Seed">Seeds the NFs' random sources.</param>
/// <param name="Functions">The NFs from left to right.</param>
/// <param name="Left">The port that packets from left to right come in at.</param>
/// <param name="Right">The port that packets from right to left come in at.</param>
/// <param name="PacketBuffers">Buffers of the packet pool.</param>
/// <param name="PacketsInChain">Most packets inside the chain, per direction.</param>
public sealed record ChainSection(
    string Name,
    ulong Seed,
    IReadOnlyList<FunctionSection> Functions,
    PortSection Left,
    PortSection Right,
    int PacketBuffers,
    int PacketsInChain)
{
    /// <summary>What is done about NFs that fail.</summary>
    public FailureSection Failures { get; init; } = new();
}

/// <param name="BatchCommit">Whether an NF's next process completes or undoes what a dying one left, and goes on; else the death
/// of an NF ends the node's life.</param>
/// <param name="Twins">Whether each NF has a second process that is warm; without one, a process is started when the NF has died.</param>
/// <param name="HangTimeoutMilliseconds">How long an NF may take for one batch.</param>
/// <param name="Policy">What to do with the chain when an NF is given up.</param>
/// <param name="DeathsPerMinute">Most deaths of one NF within a minute.</param>
/// <param name="QuarantinePerMinute">Most packets that one NF may send to the quarantine within a minute.</param>
/// <param name="QuarantineBytes">Most bytes of one NF's quarantine on disk.</param>
public sealed record FailureSection(
    bool BatchCommit = true,
    bool Twins = true,
    int HangTimeoutMilliseconds = 100,
    FailurePolicy Policy = FailurePolicy.FailClosed,
    int DeathsPerMinute = 20,
    int QuarantinePerMinute = 10,
    long QuarantineBytes = 16 << 20)
{
    public TimeSpan HangTimeout => TimeSpan.FromMilliseconds(HangTimeoutMilliseconds);
}

public enum FailurePolicy
{
    /// <summary>The chain stands still until the operator restarts the NF.</summary>
    FailClosed,

    /// <summary>Packets pass by the NF, unchanged.</summary>
    FailOpen,

    /// <summary>This node's life ends, and the peer takes over if it can.</summary>
    TakeOver,
}

/// <param name="Name">The instance's name, unique in the chain.</param>
/// <param name="Program">A shipped NF's name, or the absolute path of an executable.</param>
/// <param name="Settings">An object whose meaning only the NF knows.</param>
/// <param name="SettingsPosition">Where the settings stand.</param>
/// <param name="SettingsPath">Their key, such as <c>chain.functions[0].settings</c>.</param>
public sealed record FunctionSection(
    string Name,
    string Program,
    JsonElement Settings,
    FilePosition SettingsPosition,
    string SettingsPath)
{
    /// <summary>The core that its loop runs on, of whichever of its processes; -1 for any.</summary>
    public int Core { get; init; } = -1;

    /// <summary>What the NF finds wrong in its settings, with their place in the file.</summary>
    public ConfigurationError SettingsError(string problem) => new(SettingsPosition, SettingsPath, problem);

    /// <summary>The shipped program that forwards everything, in the place of an NF that is given up.</summary>
    public static FunctionSection Bypass { get; } = new("bypass", "bypass", JsonDocument.Parse("{}").RootElement.Clone(),
        new FilePosition("", 0, 0), "");

    /// <summary>Whether the program is one of those that ship with Holdfast.</summary>
    public bool IsShipped => !Program.Contains('/');
}

/// <summary>How the chain meets the world on one side.</summary>
public abstract record PortSection;

/// <param name="Interface">The name of an Ethernet interface of this machine.</param>
/// <param name="Mode">How frames cross it.</param>
public sealed record InterfacePortSection(string Interface, InterfaceMode Mode) : PortSection;

public enum InterfaceMode
{
    /// <summary>AF_XDP where the driver receives into the packet pool without a copy, else AF_PACKET.</summary>
    Auto,

    /// <summary>AF_PACKET, which every interface can.</summary>
    Packet,

    /// <summary>AF_XDP, also where the kernel copies.</summary>
    Xdp,
}

/// <param name="Device">The device that DPDK drives.</param>
/// <param name="Queues">Queues that it receives into.</param>
/// <param name="Descriptors">Room of each of its queues, in frames.</param>
/// <param name="Vlan">The VLAN whose frames cross the chain, without their tag; 0 for all frames as they are.</param>
public sealed record DpdkPortSection(DeviceName Device, int Queues, int Descriptors, int Vlan) : PortSection;

/// <param name="Socket">The unix socket of the program at the far end.</param>
public sealed record WirePortSection(string Socket) : PortSection;

/// <param name="Read">The capture that packets come from; null for none.</param>
/// <param name="Write">Where packets that leave are written; null drops them.</param>
/// <param name="Pace">How fast the capture is read.</param>
public sealed record PcapPortSection(string? Read, string? Write, PcapPace Pace) : PortSection;

/// <param name="Rate">Frames a second; 0 for none.</param>
/// <param name="FrameBytes">Length of the frames without FCS; 0 for a mix.</param>
/// <param name="Flows">Five-tuples that take turns.</param>
public sealed record GeneratorPortSection(long Rate, int FrameBytes, int Flows) : PortSection;

public enum PcapPace
{
    /// <summary>As fast as the chain takes it.</summary>
    Fast,

    /// <summary>With the gaps of the recording.</summary>
    Recorded,
}

/// <param name="Detect">Silence after which the peer counts as failed.</param>
/// <param name="MinSpacing">Least time between two checkpoints.</param>
/// <param name="MaxInterval">Longest time that a checkpoint with anything in it stays open.</param>
/// <param name="OnSilence">Who goes on when the peer is silent.</param>
public sealed record ReplicationSection(
    TimeSpan Detect,
    TimeSpan MinSpacing,
    TimeSpan MaxInterval,
    SilencePolicy OnSilence)
{
    /// <summary>Who decides, where an arbiter does.</summary>
    public NodeAddress? Arbiter { get; init; }

    /// <summary>How to go on when nobody has the newest state any more.</summary>
    public StateLossPolicy OnStateLoss { get; init; }

    /// <summary>Lines of 64 bytes of each NF that go with a checkpoint only because a standby joins.</summary>
    public int JoinLines { get; init; } = DefaultJoinLines;

    internal const int DefaultJoinLines = 128;
}

/// <summary>What a loop without work does.</summary>
public enum WaitStrategy
{
    /// <summary>Chosen by the number of cores and who competes for them.</summary>
    Auto,

    /// <summary>Looks again at once; a core for each.</summary>
    Poll,

    /// <summary>Gives the core to others for some 50 µs, then sleeps.</summary>
    Yield,

    /// <summary>Sleeps at once.</summary>
    Sleep,
}

public enum HugePageUse
{
    /// <summary>When enough are reserved.</summary>
    Auto,

    Never,
}
