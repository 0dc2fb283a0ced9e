using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;

namespace Holdfast.Chaos.Sessions;

/// <summary>What must not be: a promise of Holdfast is broken.</summary>
internal sealed class ViolationException(string message) : Exception(message);

/// <summary>Two nodes and their machines, and what they say of themselves.</summary>
internal sealed class NodePair(DemoNode a, NodeHost hostA, DemoNode b, NodeHost hostB, CancellationToken stop)
{
    /// <summary>Liveness must hold on a machine of two busy cores; nothing here says that this is quick.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(45);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly NodeLog _logA = new(a.LogFile), _logB = new(b.LogFile);
    private readonly HashSet<int> _stopped = [];
    private bool _ruledA = true;

    public DemoNode A => a;

    public DemoNode B => b;

    /// <summary>Whoever ruled in the highest term when that was last seen.</summary>
    public DemoNode Ruler
    {
        get
        {
            var (ofA, ofB) = (Ruling(a), Ruling(b));
            if (ofA != ofB) _ruledA = ofA > ofB;
            return _ruledA ? a : b;
        }
    }

    public DemoNode Standby => Ruler == a ? b : a;

    public int Takeovers => _logA.Takeovers + _logB.Takeovers;

    /// <summary>When the chain went on without its newest state, in the order of the nodes.</summary>
    public IEnumerable<DateTime> StatesLost => _logA.StatesLost.Concat(_logB.StatesLost);

    public NodeHost HostOf(DemoNode node) => node == a ? hostA : hostB;

    /// <summary>Its status, or null when it does not answer.</summary>
    public StatusReport? Ask(DemoNode node) => node.IsRunning && !_stopped.Contains(node.ProcessId) ? node.Status() : null;

    /// <summary>Stops a node by a signal; whoever asked it now would wait for the answer.</summary>
    /// <returns>What continues it, unless it has been killed meanwhile.</returns>
    public Action Stop(DemoNode node)
    {
        if (!node.IsRunning) return () => { };
        var process = node.ProcessId;
        _stopped.Add(process);
        node.Signal(Signum.SIGSTOP);
        return () => Continue(node, process);
    }

    /// <summary>Lets a process of a node go on, if something has stopped it.</summary>
    public void Continue(DemoNode node, int process)
    {
        _stopped.Remove(process);
        if (node.IsRunning && node.ProcessId == process) node.Signal(Signum.SIGCONT);
    }

    public void StartUnlessRunning(DemoNode node)
    {
        if (!node.IsRunning) node.Start();
    }

    /// <summary>Waits until the chain is protected, with no operator's help.</summary>
    /// <returns>Who rules.</returns>
    public DemoNode WaitUntilProtected()
    {
        var deadline = Environment.TickCount64 + (long)Bound.TotalMilliseconds;
        StatusReport? ofA = null, ofB = null;
        while (Environment.TickCount64 < deadline)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var node in new[] { a, b })
            {
                if (!node.IsRunning) throw new ViolationException($"node {node.Name} has ended by itself\n{node.LogTail()}");
            }

            (ofA, ofB) = (Ask(a), Ask(b));
            var ruler = IsProtected(ofA, ofB) ? a : IsProtected(ofB, ofA) ? b : null;
            if (ruler is not null)
            {
                _ruledA = ruler == a;
                return ruler;
            }

            Thread.Sleep(Look);
        }

        throw new ViolationException($"the chain is not protected again within {Bound.TotalSeconds:0} s; a: {ofA?.Summary ?? "no answer"}; b: {ofB?.Summary ?? "no answer"}\n{a.LogTail()}\n{b.LogTail()}");
    }

    /// <summary>Reads on in the nodes' logs.</summary>
    /// <returns>What must not be in a log.</returns>
    public IEnumerable<string> ReadLogs() => _logA.ReadOn().Concat(_logB.ReadOn());

    private static bool IsProtected(StatusReport? ruler, StatusReport? standby) =>
        ruler is { Role: "Ruling", Protected: true, Blocked: false } && standby is { Role: "Eligible" };

    /// <summary>The term in which a node rules, 0 if it does not.</summary>
    private ulong Ruling(DemoNode node) => Ask(node) is { Role: "Ruling" } status ? status.Term : 0;
}
