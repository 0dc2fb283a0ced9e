using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Supervision;

namespace Holdfast.Nfmgr.Demo;

/// <summary>Where a node of a cluster runs.</summary>
/// <param name="Nfmgr">Program to start; perhaps a script that first enters the place.</param>
/// <param name="Address">The place's, for replication.</param>
internal sealed record DemoPlace(string Nfmgr, string Address);

/// <summary>Two nodes and a load generator on this machine, in a directory of their own, without any privilege.</summary>
internal sealed class DemoCluster : IDisposable
{
    /// <summary>Room for more flows than there ever are: who finds a full table depends on which direction is quicker, and the
    /// judge's reference knows only one order.</summary>
    internal const string MonitorSettings = """{ "idleTimeout": 3, "ipv4Flows": 440, "ipv6Flows": 230 }""";

    private readonly string _programs;

    /// <param name="directory">An empty directory for configurations, state, sockets, logs and the journal.</param>
    /// <param name="programs">Where nfmgr and what is laid beside it lie.</param>
    /// <param name="capture">The recorded traffic, or null for generated load only.</param>
    /// <param name="seed">Seeds the generated traffic.</param>
    /// <param name="proxied">Ports of a proxy for the replication link: what each node dials instead of its peer.</param>
    /// <param name="ports">Where the nodes listen; free ones when not given.</param>
    /// <param name="places">Where the nodes run; beside this process when not given.</param>
    public DemoCluster(string directory, string programs, string? capture, int seed, (int A, int B)? ports = null, (int FromA, int FromB)? proxied = null,
        (DemoPlace A, DemoPlace B)? places = null)
    {
        _programs = programs;
        Directory = directory;
        Journal = Path.Combine(directory, "journal");
        System.IO.Directory.CreateDirectory(Journal);
        Socket = Path.Combine(directory, "far.sock");
        var (a, b) = ports ?? (LoopbackPorts.Next(), LoopbackPorts.Next());
        var here = new DemoPlace(Path.Combine(programs, "nfmgr"), "127.0.0.1");
        var (ofA, ofB) = places ?? (here, here);
        A = new DemoNode("a", ofA.Nfmgr, directory, WriteConfiguration("a", $"{ofA.Address}:{a}", "b", $"{ofB.Address}:{proxied?.FromA ?? b}"));
        B = new DemoNode("b", ofB.Nfmgr, directory, WriteConfiguration("b", $"{ofB.Address}:{b}", "a", $"{ofA.Address}:{proxied?.FromB ?? a}"));
        A.Initialise();
        B.Initialise();
        Generator = new DemoGenerator(Path.Combine(programs, "demo", "generator", "generator"), Socket, Journal, capture, seed);
    }

    public string Directory { get; }

    public string Journal { get; }

    public DemoNode A { get; }

    public DemoNode B { get; }

    public DemoGenerator Generator { get; }

    private string Socket { get; }

    public DemoNode Other(DemoNode node) => node == A ? B : A;

    /// <summary>Waits until one of the nodes rules and is protected, whichever it is: on a busy machine a living primary can be
    /// silent for too long and be succeeded, which is no fault.</summary>
    public DemoNode WaitForRuler()
    {
        var deadline = Environment.TickCount64 + 30_000;
        while (Environment.TickCount64 < deadline)
        {
            foreach (var node in new[] { A, B })
            {
                if (node.IsRunning && node.Status() is { Role: "Ruling", Protected: true }) return node;
            }

            Thread.Sleep(2);
        }

        throw new DemoException($"the chain is not protected again\n{A.LogTail()}\n{B.LogTail()}");
    }

    public static StatusReport WaitUntilRuling(DemoNode node) => node.WaitFor("rules", s => s.Role == "Ruling");

    public static StatusReport WaitUntilProtected(DemoNode node) => node.WaitFor("is protected", s => s.Protected);

    /// <summary>Waits until everything that came in has left or was dropped, saves the standby's state, ends the generator,
    /// and lets the judge compare everything with a run without failures.</summary>
    /// <param name="ruler">Who rules now.</param>
    /// <param name="reference">A configuration with the chain that the judge is to run, if it is not the ruler's.</param>
    public JsonObject Judge(DemoNode ruler, string? reference = null)
    {
        WaitUntilProtected(ruler);
        ruler.WaitFor("has drained", s => s.Buffers.Free == s.Buffers.Total);
        var saved = Path.Combine(Directory, "state");
        var standby = SaveReplica(ruler, saved);
        // Its clock must be in the journal before the generator stops reading.
        Thread.Sleep(200);
        Generator.Finish();

        using var judge = Spawner.Start(new ProcessStartInfo(Path.Combine(_programs, "demo", "judge", "judge"),
            ["--journal", Journal, "--config", reference ?? ruler.ConfigFile, "--state", $"{standby.Name}={saved}", "--json"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        var output = judge.StandardOutput.ReadToEnd();
        var errors = judge.StandardError.ReadToEnd();
        judge.WaitForExit();
        return judge.ExitCode <= 1 && JsonNode.Parse(output) is JsonObject verdict ? verdict
            : throw new DemoException($"the judge failed: {errors}{output}");
    }

    /// <summary>Saves the state of the node that stands by. On a busy machine it may rule at this very moment: then it has saved
    /// what goes on changing, without a clock, and the other one stands by.</summary>
    /// <returns>Whose state it is.</returns>
    private DemoNode SaveReplica(DemoNode ruler, string directory)
    {
        for (var tries = 0; tries < 5; tries++)
        {
            var standby = Other(ruler);
            if (standby.Ask(new ControlRequest("save-state", Directory: directory)).Error is { } error)
                throw new DemoException($"node {standby.Name} does not save its state: {error}");
            if (File.Exists(Path.Combine(directory, "clock"))) return standby;
            ruler = WaitForRuler();
        }

        throw new DemoException($"no node stands by for as long as it takes to save its state\n{A.LogTail()}\n{B.LogTail()}");
    }

    /// <summary>Adds keys to the chain in both configurations, before the nodes start.</summary>
    public void AddToChain(string keys)
    {
        foreach (var node in new[] { A, B })
            File.WriteAllText(node.ConfigFile, File.ReadAllText(node.ConfigFile).Replace("\"seed\": 1,", $"\"seed\": 1, {keys},", StringComparison.Ordinal));
    }

    /// <summary>Adds keys beside the chain in both configurations, before the nodes start.</summary>
    public void AddToNodes(string keys)
    {
        foreach (var node in new[] { A, B })
            File.WriteAllText(node.ConfigFile, File.ReadAllText(node.ConfigFile).Replace("\"initialPrimary\": \"a\",", $"\"initialPrimary\": \"a\", {keys},", StringComparison.Ordinal));
    }

    public void Dispose()
    {
        A.Dispose();
        B.Dispose();
        Generator?.Dispose();
    }

    private string WriteConfiguration(string name, string listen, string peer, string peerAddress)
    {
        var file = Path.Combine(Directory, $"{name}.json");
        // Short time-outs, so that a run sees entries expire; a wire at each side.
        File.WriteAllText(file, $$"""
            {
              "node": { "name": "{{name}}", "stateDirectory": "state-{{name}}", "runtimeDirectory": "run" },
              "listen": "{{listen}}",
              "peer": { "name": "{{peer}}", "address": "{{peerAddress}}" },
              "initialPrimary": "a",
              "chain": {
                "name": "demo",
                "seed": 1,
                "functions": [
                  { "name": "monitor", "program": "monitor", "settings": {{MonitorSettings}} },
                  { "name": "firewall", "program": "firewall", "settings": { "tcpEstablished": 12, "tcpTransitory": 4, "udp": 8, "icmp": 8 } },
                  { "name": "nat", "program": "nat", "settings": { "outside": "198.51.100.1", "tcpEstablished": 12, "tcpTransitory": 4, "udp": 8, "icmp": 8 } }
                ],
                "left": { "type": "wire", "socket": "far.sock" },
                "right": { "type": "wire", "socket": "far.sock" }
              }
            }
            """);
        return file;
    }
}
