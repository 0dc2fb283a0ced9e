using System.Text.Json.Nodes;
using Holdfast.Chaos.Clients;
using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Chaos.Sessions;

/// <summary>Nodes on network interfaces, and real sockets on both sides: downloads, short connections and datagrams.</summary>
internal sealed class LiveChain : IChain
{
    private static readonly StreamLoad Downloads = new("download", 3 << 20, 1 << 20, TimeSpan.FromSeconds(2));
    private static readonly StreamLoad Requests = new("request", 800, 1 << 20, TimeSpan.FromMilliseconds(100));

    /// <summary>Seconds that a closed connection is remembered: longer than the chain ever stands still, and so short that the
    /// tables, of 1,024 entries, never fill.</summary>
    private const int Closed = 50;

    private readonly Incidents _incidents = new();
    private readonly List<IDisposable> _owned = [];
    private readonly StreamClient _downloads, _requests;
    private readonly DatagramClient _datagrams;

    public LiveChain(string directory, string programs, int seed, (NodeHost A, NodeHost B) hosts, string prefix, CancellationToken stop)
    {
        try
        {
            var network = Own(new ClientNetwork(hosts.A, hosts.B, prefix));
            var a = Own(MakeNode("a", hosts.A, "b", hosts.B, directory, programs));
            var b = Own(MakeNode("b", hosts.B, "a", hosts.A, directory, programs));
            Pair = new NodePair(a, hosts.A, b, hosts.B, stop);
            a.Start();
            b.Start();
            Pair.WaitUntilProtected();
            Own(new StreamServer(network.Server));
            _datagrams = Own(new DatagramClient(network, _incidents));
            _requests = Own(new StreamClient(Requests, network.Client, _incidents, seed));
            _downloads = Own(new StreamClient(Downloads, network.Client, _incidents, seed + 1));
            AwaitTraffic();
            TakeOutages(); // until the first ARP was answered
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public NodePair Pair { get; }

    public void AwaitTraffic()
    {
        if (!_requests.FetchOne(NodePair.Bound).GetAwaiter().GetResult())
            throw new ViolationException($"the chain is protected, and a new connection gets no answer for {NodePair.Bound.TotalSeconds:0} s");
        var before = _datagrams.Received;
        var deadline = Environment.TickCount64 + (long)NodePair.Bound.TotalMilliseconds;
        while (_datagrams.Received == before)
        {
            if (Environment.TickCount64 > deadline) throw new ViolationException($"the chain is protected, and no datagram passes for {NodePair.Bound.TotalSeconds:0} s");
            Thread.Sleep(5);
        }
    }

    public IReadOnlyDictionary<string, double> TakeOutages() => new Dictionary<string, double>
    {
        [_downloads.Name] = _downloads.Silence.TakeWorst(),
        [_requests.Name] = _requests.Silence.TakeWorst(),
        [_datagrams.Name] = _datagrams.Silence.TakeWorst(),
    };

    public IReadOnlyList<Incident> TakeIncidents() => _incidents.Take();

    public int GiveUpConnectionsBefore(DateTime time) => _downloads.GiveUpBefore(time) + _requests.GiveUpBefore(time);

    public SessionResult Finish(bool stateWasLost)
    {
        foreach (var client in new IDisposable[] { _downloads, _requests, _datagrams })
        {
            client.Dispose();
            _owned.Remove(client);
        }

        var violations = new List<string>();
        var ruler = Pair.WaitUntilProtected();
        try
        {
            ruler.WaitFor("has drained", s => s.Buffers.Free == s.Buffers.Total, NodePair.Bound);
        }
        catch (DemoException error)
        {
            violations.Add($"buffers leak: {error.Message}");
        }

        return new SessionResult(new Dictionary<string, long>
        {
            ["downloads"] = _downloads.Completed,
            ["requests"] = _requests.Completed,
            ["datagramsSent"] = (long)_datagrams.Sent,
            ["datagramsEchoed"] = _datagrams.Received,
            ["datagramsLate"] = _datagrams.Late,
        }, violations);
    }

    public void Dispose()
    {
        foreach (var one in Enumerable.Reverse(_owned)) one.Dispose();
        _owned.Clear();
    }

    private T Own<T>(T one) where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }

    private static DemoNode MakeNode(string name, NodeHost host, string peer, NodeHost peersHost, string directory, string programs)
    {
        var place = host.Place(directory, programs);
        var config = Path.Combine(directory, $"{name}.json");
        var configuration = JsonNode.Parse($$"""
            {
              "node": { "name": "{{name}}", "stateDirectory": "state-{{name}}", "runtimeDirectory": "run" },
              "listen": "{{place.Address}}:{{NodeHost.Port}}",
              "peer": { "name": "{{peer}}", "address": "{{peersHost.Address}}:{{NodeHost.Port}}" },
              "initialPrimary": "a",
              "chain": {
                "name": "chaos",
                "functions": [
                  { "name": "monitor", "program": "monitor" },
                  { "name": "firewall", "program": "firewall", "settings": { "tcpTransitory": {{Closed}} } },
                  { "name": "nat", "program": "nat", "settings": {
                    "outside": "{{ClientNetwork.Outside}}", "inside": "{{ClientNetwork.Inside}}", "tcpTransitory": {{Closed}} } }
                ],
                "left": { "type": "interface", "interface": "left0", "mode": "packet" },
                "right": { "type": "interface", "interface": "right0", "mode": "packet" }
              }
            }
            """)!;
        ChaosConfiguration.AddTo(configuration);
        File.WriteAllText(config, configuration.ToString());
        var node = new DemoNode(name, place.Nfmgr, directory, config);
        node.Initialise();
        return node;
    }
}
