using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.Nfmgr.Ports.Generator;
using Mono.Unix.Native;

namespace Holdfast.Evaluation.Beds;

/// <summary>
/// A chain that is measured: one real node, or two, with ports that make their packets themselves. Beds that are compared exist
/// at the same time. All but the one whose turn it is are stopped, so that nothing of theirs runs, whatever their loops do when
/// they are idle.
/// </summary>
internal sealed class Bed : IDisposable
{
    /// <summary>More than any chain takes.</summary>
    public const long Everything = 2 * GeneratorPort.MaxRate;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly DemoNode[] _nodes;
    private readonly int[] _ports;
    private readonly Conduct _conduct;
    private int[] _processes = [];
    private bool _isPaused;

    /// <param name="plan">What it shall be.</param>
    /// <param name="directory">For configurations, state, sockets and logs; is made here.</param>
    public Bed(BedPlan plan, string directory)
    {
        Plan = plan;
        Directory.CreateDirectory(directory);
        _ports = [LoopbackPorts.Next(), LoopbackPorts.Next()];
        _nodes = plan.Protection == Protection.StandbyNode
            ? [Node("a", 0, "b", 1), Node("b", 1, "a", 0)]
            : [Node("a", 0, "b", 1)];
        _conduct = new Conduct(this);

        DemoNode Node(string name, int port, string peer, int peerPort)
        {
            var file = Path.Combine(directory, $"{name}.json");
            File.WriteAllText(file, plan.Configuration(name, _ports[port], peer, _ports[peerPort]));
            return new DemoNode(name, Path.Combine(Installation.Programs, "nfmgr"), directory, file);
        }
    }

    public BedPlan Plan { get; }

    public string Name => $"{Plan.Chain.Title}, {Plan.Protection.Key()}";

    /// <summary>The file of the node that rules.</summary>
    public string ConfigFile => Primary.ConfigFile;

    public DemoNode Primary => _nodes[0];

    public DemoNode? Standby => _nodes.Length > 1 ? _nodes[1] : null;

    /// <summary>TCP ports where its nodes listen for each other.</summary>
    public IReadOnlyList<int> ReplicationPorts => _ports;

    /// <summary>Statuses that were asked for; each allocates its answer in the nodes.</summary>
    public int Asked { get; private set; }

    /// <summary>Starts the processes, and does not wait for them.</summary>
    public void Start()
    {
        foreach (var node in _nodes)
        {
            node.Initialise();
            node.Start();
        }
    }

    /// <summary>Waits until the chain rules and is protected as planned, runs it in, and lets everything rest.</summary>
    public void Settle()
    {
        WaitFor(Primary, "rules, with all that protects it", IsReady);
        if (Standby is { } standby)
            WaitFor(standby, "has warm NFs", s => s.Role == "Eligible" && s.Functions.All(f => f is { ProcessId: not 0, TwinProcessId: not 0 }));
        // The first second of a load is of another program: one that the JIT compiler has not finished.
        Load(Everything, 1.0);
        Drain();
        Pause();
    }

    /// <summary>Offers a load, and tells what came of it.</summary>
    /// <param name="rate">Packets a second, both directions together.</param>
    /// <param name="seconds">For how long.</param>
    public Measured Load(long rate, double seconds)
    {
        Begin(rate);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        return End();
    }

    /// <summary>Offers a load from now on.</summary>
    public void Begin(long rate) => Change(rate);

    /// <summary>Ends it, and tells what came of it.</summary>
    public Measured End() => Measured.Of(Change(0));

    /// <summary>A turn: everything of this bed runs, and is stopped again when it has been looked at.</summary>
    /// <param name="warmUp">Loads that are thrown away.</param>
    /// <param name="measure">What counts.</param>
    public TResult Turn<TResult>(Action<Bed> warmUp, Func<Bed, TResult> measure)
    {
        Resume();
        warmUp(this);
        _conduct.NoteBegin();
        var result = measure(this);
        _conduct.NoteEnd();
        Pause();
        return result;
    }

    /// <summary>What was wrong with it in any of its turns.</summary>
    public IReadOnlyList<string> Violations => _conduct.Violations;

    public StatusReport Status(DemoNode node)
    {
        Asked++;
        return node.Ask(new ControlRequest("status")).Status ?? throw new DemoException($"node {node.Name} of bed '{Name}' does not tell its status");
    }

    /// <summary>Waits until everything that came in has left.</summary>
    public StatusReport Drain()
    {
        var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            Thread.Sleep(20); // loops note what they allocated when they sleep
            var status = Status(Primary);
            if (status.Buffers.Free == status.Buffers.Total) return status;
            if (Environment.TickCount64 > deadline)
                throw new DemoException($"bed '{Name}' has not drained in {Patience.TotalSeconds} s: {status.Buffers.Total - status.Buffers.Free} packets are inside\n{Primary.LogTail()}");
        }
    }

    /// <summary>Processes of one of its nodes: nfmgr, NFs and their twins.</summary>
    public IReadOnlyList<int> ProcessesOf(DemoNode node) =>
        [node.ProcessId, .. Status(node).Functions.SelectMany(f => (int[])[f.ProcessId, f.TwinProcessId]).Where(id => id != 0)];

    public void Dispose()
    {
        foreach (var node in _nodes) node.Dispose();
    }

    private bool IsReady(StatusReport status) => status.Role == "Ruling"
        && status.Functions.All(f => f.ProcessId != 0 && (Plan.Protection < Protection.Twins || f.TwinProcessId != 0))
        && (Plan.Protection < Protection.StandbyNode || status.Protected);

    private LoadReport Change(long rate)
    {
        var left = Plan.Chain.BothWays ? rate / 2 : Math.Min(rate, GeneratorPort.MaxRate);
        var answer = Primary.Ask(new ControlRequest("load", LeftRate: left, RightRate: Plan.Chain.BothWays ? rate - left : 0));
        return answer.Load ?? throw new DemoException($"bed '{Name}' takes no load: {answer.Error}");
    }

    private void Pause()
    {
        _processes = [.. _nodes.SelectMany(ProcessesOf)];
        // Managers first: nobody is left who could wonder why an NF does nothing.
        foreach (var process in _processes) _ = Syscall.kill(process, Signum.SIGSTOP);
        _isPaused = true;
    }

    private void Resume()
    {
        if (!_isPaused) return;
        foreach (var process in _processes.Reverse()) _ = Syscall.kill(process, Signum.SIGCONT);
        _isPaused = false;
        WaitFor(Primary, "goes on as it was", IsReady);
    }

    /// <summary>Asks seldom: an answer costs the node time that its start needs.</summary>
    private void WaitFor(DemoNode node, string what, Func<StatusReport, bool> wanted)
    {
        var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        for (; ; Thread.Sleep(20))
        {
            if (!node.IsRunning) throw new DemoException($"node {node.Name} of bed '{Name}' ended while waiting until it {what}:\n{node.LogTail()}");
            Asked++;
            if (node.Status() is { } status && wanted(status)) return;
            if (Environment.TickCount64 > deadline)
                throw new DemoException($"node {node.Name} of bed '{Name}' did not get there in {Patience.TotalSeconds} s: {what}\n{node.LogTail()}");
        }
    }
}
