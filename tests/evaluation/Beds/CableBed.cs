using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Chaos.Networks;
using Holdfast.Evaluation.Measuring;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Demo;
using Holdfast.Nfmgr.Ports.Interface;

namespace Holdfast.Evaluation.Beds;

/// <summary>
/// A chain without NFs between two network namespaces, each at the end of a veth pair: what its ports cost. Its ports are of
/// another type in each turn, on the same interfaces.
/// </summary>
internal sealed class CableBed : IDisposable
{
    private const int Burst = 32;

    private readonly NetworkNamespace _client = new("client"), _node = new("node"), _server = new("server");
    private readonly string _directory;
    private int _turns;

    /// <param name="directory">For configurations, state and logs; is made here.</param>
    /// <exception cref="InvalidOperationException">The network can't be made.</exception>
    public CableBed(string directory)
    {
        _directory = directory;
        Directory.CreateDirectory(directory);
        NetworkNamespace.Connect(_client, "c", _node, "left");
        NetworkNamespace.Connect(_server, "s", _node, "right");
        foreach (var (place, name) in new[] { (_client, "c"), (_server, "s"), (_node, "left"), (_node, "right") }) place.Silence(name);
    }

    /// <summary>Calls something while a node with such ports runs.</summary>
    /// <param name="port">What a configuration says of the port on an interface, the left one or the right one.</param>
    /// <param name="call">What is done meanwhile.</param>
    public TResult With<TResult>(Func<string, JsonObject> port, Func<TResult> call)
    {
        var directory = Path.Combine(_directory, $"{++_turns}");
        Directory.CreateDirectory(directory);
        var plan = new BedPlan(ChainPlan.Forwarders(0), Protection.Twins);
        var configuration = JsonNode.Parse(plan.Configuration("a", 7400, "b", 7401))!;
        foreach (var side in new[] { "left", "right" }) configuration["chain"]![side] = port(side);
        var file = Path.Combine(directory, "a.json");
        File.WriteAllText(file, configuration.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        var inside = Path.Combine(directory, "nfmgr-inside");
        File.WriteAllText(inside, $"#!/bin/sh\nexec ip netns exec {_node.Name} {Path.Combine(Installation.Programs, "nfmgr")} \"$@\"\n");
        File.SetUnixFileMode(inside, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using var node = new DemoNode("a", inside, directory, file);
        node.Initialise();
        node.Start();
        node.WaitFor("rules", s => s.Role == "Ruling");
        return call();
    }

    /// <summary>As many frames as the client's kernel sends; what reaches the server's interface counts.</summary>
    /// <returns>Thousand packets a second.</returns>
    public double Kpps(int frameBytes, double seconds)
    {
        using var pool = PacketPool.OnHeap(Burst);
        using var sender = OpenIn(_client, "c", pool);
        Fill(pool, frameBytes);
        for (var end = Stopwatch.GetTimestamp() + Stopwatch.Frequency / 5; Stopwatch.GetTimestamp() < end;) SendBurst(sender, pool);
        var (before, began) = (Arrived(), Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < seconds) SendBurst(sender, pool);
        return (Arrived() - before) / Stopwatch.GetElapsedTime(began).TotalSeconds / 1e3;
    }

    /// <summary>One frame at a time, from the client's socket to the server's.</summary>
    /// <returns>Microseconds of each that arrived.</returns>
    public IReadOnlyList<double> Latencies(int frames)
    {
        using var pool = PacketPool.OnHeap(Burst);
        using var sender = OpenIn(_client, "c", pool);
        using var receiver = OpenIn(_server, "s", pool);
        Fill(pool, 60);
        var latencies = new List<double>(frames);
        uint[] room = [Burst - 1];
        for (var i = 0; i < frames; i++)
        {
            var began = Stopwatch.GetTimestamp();
            sender.Send(pool, 0, pool.Frame(0), 0, 0, 0);
            sender.Flush();
            while (receiver.Receive(pool, room) == 0 && Stopwatch.GetElapsedTime(began).TotalMilliseconds < 100)
            {
            }

            if (Stopwatch.GetElapsedTime(began) is { TotalMilliseconds: < 100 } took) latencies.Add(took.TotalMicroseconds);
            sender.TakeBack(new uint[Burst]);
            Thread.Sleep(1); // as with traffic that pauses: the loops are idle
        }

        return latencies;
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _node.Dispose();
    }

    private static PacketSocketPort OpenIn(NetworkNamespace place, string name, PacketPool pool)
    {
        var port = place.Do(() => new PacketSocketPort(name));
        port.Open(pool);
        return port;
    }

    private static void Fill(PacketPool pool, int frameBytes)
    {
        var frame = new byte[frameBytes];
        frame[0] = frame[6] = 2; // addresses that nobody has
        (frame[12], frame[13]) = (0x88, 0xB5); // for experiments (IEEE 802)
        for (uint i = 0; i < Burst; i++) pool.Fill(i, frame);
    }

    private static void SendBurst(PacketSocketPort sender, PacketPool pool)
    {
        Span<uint> back = stackalloc uint[Burst];
        for (uint i = 0; i < Burst; i++) sender.Send(pool, i, pool.Frame(i), 0, 0, 0);
        sender.Flush();
        while (sender.TakeBack(back) > 0)
        {
        }
    }

    private long Arrived() => (long)JsonNode.Parse(_server.Ip("-s -j link show dev s"))![0]!["stats64"]!["rx"]!["packets"]!;
}
