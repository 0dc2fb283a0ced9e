using System.Text.Json;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Reads a daemon's configuration file.</summary>
public static class ConfigurationFile
{
    /// <summary>Largest file in bytes; a chain of 16 NFs needs a few thousand.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="ConfigurationException">It can't be read, or holds errors; all of them are named.</exception>
    public static DaemonConfiguration Load(string file) => Parse(Read(file), file);

    /// <summary>Reads and checks an arbiter's file.</summary>
    /// <exception cref="ConfigurationException">It can't be read, or holds errors; all of them are named.</exception>
    public static ArbiterConfiguration LoadArbiter(string file)
    {
        var context = new BindContext(file);
        var root = new ObjectBinder(SourceReader.Read(Read(file), file), "", context);
        var configuration = new ArbiterConfiguration(Node(root, context), Address(root, "listen",
            "give the address and port where this arbiter takes the nodes' connections, as \"0.0.0.0:7400\""), ArbiterNodes(root, context));
        root.End();
        context.ThrowIfAny();
        return configuration;
    }

    private static string[] ArbiterNodes(ObjectBinder root, BindContext context)
    {
        const string Remedy = "give the names of the two nodes between which it decides, as [\"a\", \"b\"]";
        var names = root.Texts("nodes", Remedy, Form.Name);
        if (root.Find("nodes") is { } nodes && (names.Length != 2 || names.Distinct().Count() != 2))
            context.Add(nodes.Position, "nodes", $"are not two different names; {Remedy}");
        return names;
    }

    private static byte[] Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            // Read, not asked for its length: a device or a pipe has none.
            var bytes = new byte[MaxBytes + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= MaxBytes ? bytes[..length]
                : throw Unreadable(file, $"is larger than {MaxBytes} bytes; is it the right file?");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException
                                          or NotSupportedException)
        {
            throw Unreadable(file, $"can not be read: {error.Message}; give an existing file with --config");
        }
    }

    /// <summary>Checks the text of a file.</summary>
    /// <param name="utf8">JSON with comments and trailing commas.</param>
    /// <param name="file">Its name for messages; relative paths inside count from its folder.</param>
    /// <exception cref="ConfigurationException">It holds errors; all of them are named.</exception>
    public static DaemonConfiguration Parse(byte[] utf8, string file)
    {
        var context = new BindContext(file);
        var root = new ObjectBinder(SourceReader.Read(utf8, file), "", context);
        var node = Node(root, context);
        var listen = Address(root, "listen",
            "give the address and port where this node takes its peer, as \"0.0.0.0:7400\"");
        var peer = Peer(root);
        var configuration = new DaemonConfiguration
        {
            File = file,
            Node = node,
            Listen = listen,
            Peer = peer,
            InitialPrimary = InitialPrimary(root, node.Name, peer.Name),
            Chain = new ChainBinder(context).Bind(root),
            Replication = Replication(root, context),
            Waiting = root.Choice("waiting", WaitStrategy.Auto,
                ("auto", WaitStrategy.Auto), ("poll", WaitStrategy.Poll),
                ("yield", WaitStrategy.Yield), ("sleep", WaitStrategy.Sleep)),
            HugePages = root.Choice("hugePages", HugePageUse.Auto,
                ("auto", HugePageUse.Auto), ("never", HugePageUse.Never)),
            RootCore = root.Core("rootCore"),
            DpdkArguments = DpdkArguments(root),
        };
        root.End();
        context.ThrowIfAny();
        return configuration;
    }

    private static string[] DpdkArguments(ObjectBinder root)
    {
        if (root.Object("dpdk", required: false) is not { } section) return [];
        var arguments = section.Texts("arguments", "list arguments of DPDK's EAL, as [\"-d\", \"/opt/driver.so\"], or leave dpdk out", text =>
            text.Length > 0 && !text.Any(char.IsControl) ? null : "is no argument; write one as on a command line, each in quotes of its own");
        section.End();
        return arguments;
    }

    private static NodeSection Node(ObjectBinder root, BindContext context)
    {
        var node = root.Object("node", required: true, "add \"node\": { \"name\": … }");
        if (node is null) return new NodeSection("", "", "");
        var settings = new NodeSection(
            node.Text("name", "give this node a name that its peer's file calls it by", Form.Name),
            context.Resolve(node.OptionalText("stateDirectory", Form.FilePath) ?? "/var/lib/holdfast"),
            context.Resolve(node.OptionalText("runtimeDirectory", Form.FilePath) ?? "/run/holdfast"));
        node.End();
        return settings;
    }

    private static PeerSection Peer(ObjectBinder root)
    {
        var peer = root.Object("peer", required: true, "add \"peer\": { \"name\": …, \"address\": … }");
        if (peer is null) return new PeerSection("", NoAddress);
        var nodeName = root.Find("node")?.Members.FirstOrDefault(m => m.Key == "name")?.Value.Text;
        var settings = new PeerSection(
            peer.Text("name", "give the other node's name",
                name => Form.Name(name)
                    ?? (name == nodeName ? "is this node's own name; give the other node's" : null)),
            Address(peer, "address", "give the other node's \"listen\" address as seen from here",
                root.Find("listen")?.Text));
        peer.End();
        return settings;
    }

    private static NodeAddress Address(ObjectBinder binder, string key, string remedy, string? notThis = null) =>
        NodeAddress.TryParse(binder.Text(key, remedy, text => text switch
        {
            _ when NodeAddress.TryParse(text) is null =>
                "is no address; write IPv4:port, [IPv6]:port or host:port, with a port from 1 to 65535",
            _ when text == notThis => "is this node's own \"listen\" address; give the other node's",
            _ => null,
        })) ?? NoAddress;

    private static string InitialPrimary(ObjectBinder root, string node, string peer) =>
        root.Text("initialPrimary", "name the node that rules a new chain, the same in both files", name =>
            // Of names that are wrong themselves nothing can be said.
            node.Length == 0 || peer.Length == 0 || name == node || name == peer ? null
                : $"is neither this node nor its peer; {Spelling.Suggest(name, [node, peer])}");

    private static ReplicationSection Replication(ObjectBinder root, BindContext context)
    {
        const ulong Detect = 50, MinSpacing = 20, MaxInterval = 1000;
        if (root.Object("replication", required: false) is not { } section)
            return new ReplicationSection(TimeSpan.FromMilliseconds(Detect), TimeSpan.FromMicroseconds(MinSpacing),
                TimeSpan.FromMicroseconds(MaxInterval), SilencePolicy.StandbyWins);
        var detect = section.Number("detect", Detect, 5, 60_000, "of milliseconds");
        var spacing = section.Number("minSpacing", MinSpacing, 0, 1_000_000, "of microseconds");
        var interval = section.Number("maxInterval", MaxInterval, 100, 1_000_000, "of microseconds");
        if (interval < spacing)
            context.Add((section.Find("maxInterval") ?? section.Find("minSpacing"))?.Position ?? section.Position,
                section.PathOf("maxInterval"),
                $"{interval} µs is less than minSpacing, {spacing} µs; raise maxInterval or lower minSpacing");
        var policy = section.Choice("onSilence", SilencePolicy.StandbyWins, ("standby-wins", SilencePolicy.StandbyWins),
            ("prefer-availability", SilencePolicy.PreferAvailability), ("arbiter", SilencePolicy.Arbiter));
        NodeAddress? arbiter = null;
        if (policy == SilencePolicy.Arbiter)
            arbiter = Address(section, "arbiter", "give the address where `nfmgr arbiter` listens, as \"192.0.2.9:7400\"");
        else if (section.Find("arbiter") is { } unused)
            context.Add(unused.Position, section.PathOf("arbiter"), "is never asked; write \"onSilence\": \"arbiter\", or take it out");
        var loss = section.Choice("onStateLoss", StateLossPolicy.Resume, ("resume", StateLossPolicy.Resume), ("wait", StateLossPolicy.Wait));
        var lines = section.Number("joinLines", ReplicationSection.DefaultJoinLines, 1, 1024, "of lines");
        section.End();
        return new ReplicationSection(TimeSpan.FromMilliseconds(detect), TimeSpan.FromMicroseconds(spacing),
            TimeSpan.FromMicroseconds(interval), policy) { Arbiter = arbiter, OnStateLoss = loss, JoinLines = (int)lines };
    }

    /// <summary>Stands in for an address that was refused; never leaves <see cref="Parse"/>.</summary>
    private static NodeAddress NoAddress { get; } = new("", 0);

    private static ConfigurationException Unreadable(string file, string problem) =>
        new(new ConfigurationError(new FilePosition(file, 0, 0), "", problem));
}
