using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Tests.Process.Networks;

/// <summary>
/// A client and a server that are neighbours, were it not for the node between them: each has a cable to one of the
/// node's two interfaces.
/// </summary>
internal sealed class LiveNetwork : IDisposable
{
    public const string ClientAddress = "10.9.0.1", ServerAddress = "10.9.0.2";

    private readonly string _directory, _nfmgr;

    public LiveNetwork(string directory, string programs)
    {
        _directory = directory;
        _nfmgr = Path.Combine(programs, "nfmgr");
        NetworkNamespace.Connect(Client, "c", Node, "left");
        NetworkNamespace.Connect(Server, "s", Node, "right");
        Client.Ip($"addr add {ClientAddress}/24 dev c");
        Server.Ip($"addr add {ServerAddress}/24 dev s");
        Node.Silence("left");
        Node.Silence("right");
    }

    /// <summary>How the nodes use their interfaces.</summary>
    public string LeftMode { get; init; } = "auto";

    public string RightMode { get; init; } = "packet";

    /// <summary>The ports, as a configuration has them.</summary>
    public string LeftPort { get => field ?? $$"""{ "type": "interface", "interface": "left", "mode": "{{LeftMode}}" }"""; init; }

    public string RightPort { get => field ?? $$"""{ "type": "interface", "interface": "right", "mode": "{{RightMode}}" }"""; init; }

    /// <summary>The first NF, as a configuration has it.</summary>
    public string Monitor { get; init; } = """{ "name": "monitor", "program": "monitor" }""";

    /// <summary>Further keys of the configuration, each behind a comma.</summary>
    public string MoreKeys { get; init; } = "";

    /// <summary>How long the nodes' patience with a silent peer is.</summary>
    public TimeSpan Detect { get; set; } = TimeSpan.FromMilliseconds(50);

    public NetworkNamespace Client { get; } = new("client");

    public NetworkNamespace Node { get; } = new("node");

    public NetworkNamespace Server { get; } = new("server");

    /// <summary>A node in the namespace between the two.</summary>
    /// <param name="name">a or b.</param>
    /// <param name="listen">Its port on the namespace's loopback.</param>
    /// <param name="peer">Its peer's.</param>
    public DemoNode MakeNode(string name, int listen, int peer)
    {
        var config = WriteConfiguration(name, listen, peer);
        var inside = Path.Combine(_directory, "nfmgr-inside");
        File.WriteAllText(inside, $"#!/bin/sh\nexec ip netns exec {Node.Name} {_nfmgr} \"$@\"\n");
        File.SetUnixFileMode(inside, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var node = new DemoNode(name, inside, _directory, config);
        node.Initialise();
        return node;
    }

    public string WriteConfiguration(string name, int listen, int peer)
    {
        var other = name == "a" ? "b" : "a";
        var config = Path.Combine(_directory, $"{name}.json");
        File.WriteAllText(config, $$"""
            {
              "node": { "name": "{{name}}", "stateDirectory": "state-{{name}}", "runtimeDirectory": "run" },
              "listen": "127.0.0.1:{{listen}}",
              "peer": { "name": "{{other}}", "address": "127.0.0.1:{{peer}}" },
              "initialPrimary": "a",
              "replication": { "detect": {{Detect.TotalMilliseconds}} }{{MoreKeys}},
              "chain": {
                "name": "live",
                "functions": [
                  {{Monitor}},
                  { "name": "firewall", "program": "firewall" }
                ],
                "left": {{LeftPort}},
                "right": {{RightPort}}
              }
            }
            """);
        return config;
    }

    /// <summary>What a client's machine does so that its frames fit a wire.</summary>
    public void TurnOffloadsOff()
    {
        Client.Run("ethtool", "-K", "c", "tso", "off", "gso", "off");
        Server.Run("ethtool", "-K", "s", "tso", "off", "gso", "off");
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
        Node.Dispose();
    }
}
