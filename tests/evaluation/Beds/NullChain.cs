using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;

namespace Holdfast.Evaluation.Beds;

/// <summary>
/// A real node between two of DPDK's null devices, which always have frames and take all. It runs only while it is measured: at
/// other times its processes are stopped, so that others can be measured beside it.
/// </summary>
internal sealed class NullChain : IDisposable
{
    private readonly DemoNode _node;
    private int[] _processes = [];

    /// <param name="chain">Its NFs.</param>
    /// <param name="directory">For configuration, state and logs; is made here.</param>
    public NullChain(ChainPlan chain, string directory)
    {
        Directory.CreateDirectory(directory);
        var plan = new BedPlan(chain, Protection.Twins);
        var configuration = JsonNode.Parse(plan.Configuration("a", LoopbackPorts.Next(), "b", LoopbackPorts.Next()))!;
        foreach (var (side, number) in new[] { ("left", 0), ("right", 1) })
            configuration["chain"]![side] = new JsonObject { ["type"] = "dpdk", ["device"] = $"net_null{number}" };
        var file = Path.Combine(directory, "a.json");
        File.WriteAllText(file, configuration.ToJsonString(new() { WriteIndented = true }));
        _node = new DemoNode("a", Path.Combine(Installation.Programs, "nfmgr"), directory, file);
        _node.Initialise();
        _node.Start();
        _node.WaitFor("forwards, with warm twins", s => s.Role == "Ruling" && s.Right.Sent > 0 && s.Functions.All(f => f is { ProcessId: not 0, TwinProcessId: not 0 }));
        Stop();
    }

    public string ConfigFile => _node.ConfigFile;

    /// <summary>A turn.</summary>
    /// <returns>Million packets a second that left, both directions together.</returns>
    public double Mpps(double warmUpSeconds, double seconds)
    {
        foreach (var process in _processes.Reverse()) _ = Syscall.kill(process, Signum.SIGCONT);
        Thread.Sleep(TimeSpan.FromSeconds(warmUpSeconds));
        var (before, began) = (Sent(), Stopwatch.GetTimestamp());
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var (after, lasted) = (Sent(), Stopwatch.GetElapsedTime(began));
        Stop();
        return (after - before) / lasted.TotalSeconds / 1e6;
    }

    public void Dispose() => _node.Dispose();

    private double Sent() => _node.WaitFor("tells its status", _ => true) is var status ? status.Left.Sent + status.Right.Sent : 0;

    private void Stop()
    {
        var status = _node.WaitFor("tells its processes", _ => true);
        _processes = [_node.ProcessId, .. status.Functions.SelectMany(f => (int[])[f.ProcessId, f.TwinProcessId]).Where(id => id != 0)];
        // The manager first: nobody is left who could wonder why an NF does nothing.
        foreach (var process in _processes) _ = Syscall.kill(process, Signum.SIGSTOP);
    }
}
