using Holdfast.Nfmgr.Ports.Generator;
using System.Text.Json;
using Holdfast.Nfmgr.Devices;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Binds the <c>chain</c> section: its NFs and its two ports.</summary>
internal sealed class ChainBinder(BindContext context)
{
    public const int MaxFunctions = 16;

    private static readonly JsonDocumentOptions SettingsOptions = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = SourceReader.MaxDepth,
    };

    private static readonly JsonElement NoSettings = JsonDocument.Parse("{}").RootElement.Clone();

    public ChainSection Bind(ObjectBinder root)
    {
        var chain = root.Object("chain", required: true,
            "add \"chain\": { \"name\": …, \"functions\": …, \"left\": …, \"right\": … }");
        if (chain is null) return new ChainSection("", 0, [], NoPort, NoPort, 0, 0);
        var settings = new ChainSection(
            chain.Text("name", "name the chain, the same in both nodes' files", Form.Name),
            chain.Number("seed", 0, 0, ulong.MaxValue),
            Functions(chain),
            Port(chain, "left"),
            Port(chain, "right"),
            (int)chain.Number("packetBuffers", 8192, 1024, 1_048_576, "of buffers"),
            (int)chain.Number("packetsInChain", 2048, 32, 4096, "of packets per direction"))
        {
            Failures = Failures(chain),
        };
        CheckBuffers(chain, settings);
        CheckFiles(chain, settings);
        CheckInterfaces(chain, settings);
        CheckDevices(chain, settings);
        chain.End();
        return settings;
    }

    private FunctionSection[] Functions(ObjectBinder chain)
    {
        const string Remedy = "list the chain's NFs from left to right, at most 16, or none for a cable";
        var functions = new List<FunctionSection>();
        foreach (var (node, path) in chain.Items("functions", Remedy)) functions.Add(Function(node, path, functions));
        if (functions.Count > MaxFunctions)
            context.Add(chain.Find("functions")!.Position, chain.PathOf("functions"),
                $"{functions.Count} NFs are not possible; {Remedy}");
        return [.. functions];
    }

    private FunctionSection Function(SourceNode node, string path, List<FunctionSection> before)
    {
        var function = new ObjectBinder(node, path, context);
        var name = function.Text("name", "give the NF a name that no other in the chain has",
            text => Form.Name(text) ?? (before.Any(f => f.Name == text)
                ? "is the name of an NF before it; give each its own" : null));
        var program = function.Text("program", "give the name of a shipped NF, or a path with a / to an executable",
            Form.Program);
        var settings = function.Find("settings");
        if (settings is { Kind: not JsonValueKind.Object })
            context.Add(settings.Position, function.PathOf("settings"),
                $"is {settings.KindName}; it must be an object, as {{ … }}");
        var core = function.Core("core");
        function.End();
        return new FunctionSection(name, program.Contains('/') ? context.Resolve(program) : program,
            settings is { Kind: JsonValueKind.Object } ? ToElement(settings) : NoSettings,
            settings?.Position ?? function.Position, function.PathOf("settings")) { Core = core };
    }

    private FailureSection Failures(ObjectBinder chain)
    {
        var byDefault = new FailureSection();
        var batchCommit = chain.Choice("batchCommit", byDefault.BatchCommit);
        var twins = chain.Choice("twins", batchCommit);
        if (twins && !batchCommit)
        {
            context.Add(chain.Find("twins")!.Position, chain.PathOf("twins"),
                "is true, but a twin can only go on where batches are committed; write \"batchCommit\": true, or leave twins out");
        }

        return new FailureSection(
            batchCommit,
            twins,
            (int)chain.Number("hangTimeout", (ulong)byDefault.HangTimeoutMilliseconds, 20, 60_000, "of milliseconds"),
            chain.Choice("onFunctionFailure", byDefault.Policy, ("fail-closed", FailurePolicy.FailClosed),
                ("fail-open", FailurePolicy.FailOpen), ("takeover", FailurePolicy.TakeOver)),
            (int)chain.Number("deathsPerMinute", (ulong)byDefault.DeathsPerMinute, 1, 100_000, "of deaths"),
            (int)chain.Number("quarantinePerMinute", (ulong)byDefault.QuarantinePerMinute, 0, 10_000, "of packets"),
            (long)chain.Number("quarantineBytes", (ulong)byDefault.QuarantineBytes, 0, 1UL << 40, "of bytes"));
    }

    private PortSection Port(ObjectBinder chain, string side)
    {
        if (chain.Object(side, required: true,
            "add a port, such as { \"type\": \"interface\", \"interface\": … }") is not { } port)
            return NoPort;
        string[] types = ["interface", "dpdk", "wire", "pcap", "generator"];
        var type = port.Text("type", "write 'interface', 'dpdk', 'wire', 'pcap' or 'generator'",
            text => types.Contains(text) ? null : $"is no type of port; {Spelling.Suggest(text, types)}");
        PortSection? settings = type switch
        {
            "interface" => Interface(port),
            "dpdk" => Dpdk(port),
            "wire" => new WirePortSection(context.Resolve(
                port.Text("socket", "give the path of the far end's unix socket", Form.FilePath))),
            "pcap" => Pcap(port),
            "generator" => Generator(port),
            _ => null,
        };
        // Without a type nobody knows which keys belong to it.
        if (settings is not null) port.End();
        return settings ?? NoPort;
    }

    private static InterfacePortSection Interface(ObjectBinder port)
    {
        var name = port.Text("interface", "give the name of a network interface, as 'ip link' shows it", Form.Interface);
        var mode = InterfaceMode.Auto;
        port.OptionalText("mode", text =>
        {
            string[] modes = ["auto", "packet", "xdp"]; // in the order of the enumeration
            if (Array.IndexOf(modes, text) is var index && index < 0) return $"is unknown; {Spelling.Suggest(text, modes)}";
            mode = (InterfaceMode)index;
            return null;
        });
        return new InterfacePortSection(name, mode);
    }

    private static DpdkPortSection Dpdk(ObjectBinder port)
    {
        DeviceName? device = null;
        port.Text("device", "give a device that `nfmgr devices` lists, as \"0000:03:00.0\" or \"net_tap0,iface=x\"", text =>
            DeviceName.TryParse(text, out device, out var wrong) ? null : wrong);
        return new DpdkPortSection(device ?? DeviceName.None, (int)port.Number("queues", 1, 1, 16, "of queues"),
            (int)port.Number("descriptors", 512, 64, 4096, "of frames"), (int)port.Number("vlan", 0, 1, 4094, "of a VLAN"));
    }

    private GeneratorPortSection Generator(ObjectBinder port)
    {
        var frameBytes = (int)port.Number("frameBytes", GeneratedFrames.LeastBytes, 0, GeneratedFrames.MostBytes, "of bytes without FCS");
        if (frameBytes is > 0 and < GeneratedFrames.LeastBytes)
        {
            context.Add(port.Find("frameBytes")!.Position, port.PathOf("frameBytes"),
                $"{frameBytes} is less than an Ethernet frame has; write {GeneratedFrames.LeastBytes} to {GeneratedFrames.MostBytes}, or 0 for a mix");
        }

        return new GeneratorPortSection((long)port.Number("rate", 0, 0, GeneratorPort.MaxRate, "of frames a second"), frameBytes,
            (int)port.Number("flows", 64, 1, 65_536, "of flows"));
    }

    private PcapPortSection Pcap(ObjectBinder port)
    {
        var read = port.OptionalText("read", Form.FilePath);
        var write = port.OptionalText("write", Form.FilePath);
        if (port.Find("read") is null && port.Find("write") is null)
            context.Add(port.Position, port.PathOf("read"), "is missing, and write too; give read, write or both");
        return new PcapPortSection(
            read is null ? null : context.Resolve(read),
            write is null ? null : context.Resolve(write),
            port.Choice("pace", PcapPace.Fast, ("fast", PcapPace.Fast), ("recorded", PcapPace.Recorded)));
    }

    /// <summary>The chain's packets and as many again that wait in the latch for the standby must find
    /// buffers.</summary>
    private void CheckBuffers(ObjectBinder chain, ChainSection settings)
    {
        var needed = settings.PacketsInChain * 4;
        if (settings.PacketBuffers >= needed) return;
        var node = chain.Find("packetBuffers") ?? chain.Find("packetsInChain");
        context.Add(node?.Position ?? chain.Position, chain.PathOf("packetBuffers"),
            $"{settings.PacketBuffers} are too few for {settings.PacketsInChain} packets in the chain per direction; " +
            $"write at least {needed}, or lower packetsInChain");
    }

    /// <summary>A capture that is written while something else reads or writes it is lost.</summary>
    private void CheckFiles(ObjectBinder chain, ChainSection settings)
    {
        var ports = new[] { ("left", settings.Left), ("right", settings.Right) };
        var used = new Dictionary<string, string>();
        foreach (var (side, port) in ports)
        {
            if (port is PcapPortSection { Read: { } read }) used.TryAdd(read, $"{side}.read");
        }

        foreach (var (side, port) in ports)
        {
            if (port is not PcapPortSection { Write: { } write } || used.TryAdd(write, $"{side}.write")) continue;
            var node = chain.Find(side)!.Members.First(m => m.Key == "write").Value;
            context.Add(node.Position, chain.PathOf($"{side}.write"),
                $"'{write}' is {chain.PathOf(used[write])} too; write to a file of its own");
        }
    }

    private void CheckInterfaces(ObjectBinder chain, ChainSection settings)
    {
        if (settings is not { Left: InterfacePortSection { Interface: { Length: > 0 } name }, Right: InterfacePortSection right }
            || right.Interface != name) return;
        var node = chain.Find("right")!.Members.First(m => m.Key == "interface").Value;
        context.Add(node.Position, chain.PathOf("right.interface"), $"'{name}' is chain.left.interface too; give each side its own");
    }

    private void CheckDevices(ObjectBinder chain, ChainSection settings)
    {
        if (settings is not { Left: DpdkPortSection { Device: { Name.Length: > 0 } device }, Right: DpdkPortSection right }
            || right.Device.Name != device.Name) return;
        var node = chain.Find("right")!.Members.First(m => m.Key == "device").Value;
        context.Add(node.Position, chain.PathOf("right.device"), $"'{device.Name}' is chain.left.device too; give each side its own");
    }

    private static JsonElement ToElement(SourceNode node)
    {
        using var document = JsonDocument.Parse(node.Json, SettingsOptions);
        return document.RootElement.Clone();
    }

    /// <summary>Stands in for a port that was refused; never leaves the parser.</summary>
    private static PortSection NoPort { get; } = new WirePortSection("");
}
