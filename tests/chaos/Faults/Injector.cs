using System.Diagnostics;
using Holdfast.Chaos.Sessions;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;

namespace Holdfast.Chaos.Faults;

/// <summary>Makes faults happen to a pair of nodes, and heals them.</summary>
/// <param name="pair">To whom.</param>
/// <param name="tell">Is told what was done to whom.</param>
internal sealed class Injector(NodePair pair, Action<string> tell)
{
    private static readonly int[] Kilobits = [300, 1_000, 4_000];

    /// <summary>Begins the faults of a round at their times, and heals each at its own.</summary>
    public void Run(IReadOnlyList<Fault> round)
    {
        var clock = Stopwatch.StartNew();
        var healing = new PriorityQueue<(Fault Fault, Action Heal), long>();
        try
        {
            foreach (var fault in round.OrderBy(f => f.At))
            {
                HealUntil(fault.At);
                Await(fault.At);
                tell($"{fault.Kind} begins");
                var heal = Begin(fault);
                healing.Enqueue((fault, heal), clock.ElapsedMilliseconds + fault.Lasts);
            }

            HealUntil(long.MaxValue);
        }
        finally
        {
            // Also when a later one could not begin.
            while (healing.TryDequeue(out var left, out _)) left.Heal();
        }

        void HealUntil(long time)
        {
            while (healing.TryPeek(out _, out var due) && due <= time)
            {
                Await(due);
                var (fault, heal) = healing.Dequeue();
                heal();
                tell($"{fault.Kind} is healed");
            }
        }

        void Await(long time)
        {
            if (time - clock.ElapsedMilliseconds is > 0 and var left) Thread.Sleep((int)left);
        }
    }

    /// <returns>What heals it.</returns>
    private Action Begin(Fault fault)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillRuler: return Kill(pair.Ruler);
            case FaultKind.KillStandby: return Kill(pair.Standby);
            case FaultKind.KillBoth:
                DemoNode[] both = fault.Choice % 2 == 0 ? [pair.A, pair.B] : [pair.B, pair.A];
                var starts = both.Select(Kill).ToList();
                return () => starts.ForEach(start => start());
            case FaultKind.PauseRuler or FaultKind.StopRuler: return Stop(pair.Ruler);
            case FaultKind.PauseStandby or FaultKind.StopStandby: return Stop(pair.Standby);
            case FaultKind.KillFunction: return KillFunction(pair.Ruler, fault.Choice);
            case FaultKind.KillStandbyFunction: return KillFunction(pair.Standby, fault.Choice);
            case FaultKind.StopFunction: return StopFunction(pair.Ruler, fault.Choice);
            case FaultKind.StopStandbyFunction: return StopFunction(pair.Standby, fault.Choice);
            case FaultKind.CutLink:
                pair.HostOf(pair.A).Deafen();
                pair.HostOf(pair.B).Deafen();
                return () =>
                {
                    pair.HostOf(pair.A).Hear();
                    pair.HostOf(pair.B).Hear();
                };
            case FaultKind.CutToStandby: return Deafen(pair.Standby);
            case FaultKind.CutToRuler: return Deafen(pair.Ruler);
            case FaultKind.UnplugLink:
                var host = pair.HostOf(pair.Ruler);
                host.Unplug();
                return host.Plug;
            case FaultKind.SlowRuler: return Slow(pair.Ruler, fault.Choice);
            case FaultKind.SlowStandby: return Slow(pair.Standby, fault.Choice);
            case FaultKind.HogCores:
                var strangers = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => new BusyStranger()).ToList();
                return () => strangers.ForEach(stranger => stranger.Dispose());
            case FaultKind.EndRuler: return End(pair.Ruler);
            case FaultKind.EndStandby: return End(pair.Standby);
            case FaultKind.Switchover: return Switchover(pair.Ruler);
            default: throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "nobody knows how to do that");
        }
    }

    private Action Kill(DemoNode node)
    {
        if (node.IsRunning) node.Kill();
        tell($"killed {node.Name}");
        return () => pair.StartUnlessRunning(node);
    }

    private Action Stop(DemoNode node)
    {
        var heal = pair.Stop(node);
        tell($"stopped {node.Name}");
        return heal;
    }

    private Action KillFunction(DemoNode node, int choice)
    {
        if (Function(node, choice) is not { } function) return () => { };
        if (choice / 16 % 8 == 0 && function.TwinProcessId != 0) _ = Syscall.kill(function.TwinProcessId, Signum.SIGKILL);
        _ = Syscall.kill(function.ProcessId, Signum.SIGKILL);
        tell($"killed {function.Name} of {node.Name}, process {function.ProcessId}");
        return () => { };
    }

    private Action StopFunction(DemoNode node, int choice)
    {
        if (Function(node, choice) is not { } function) return () => { };
        _ = Syscall.kill(function.ProcessId, Signum.SIGSTOP);
        tell($"stopped {function.Name} of {node.Name}, process {function.ProcessId}");
        return () => _ = Syscall.kill(function.ProcessId, Signum.SIGCONT); // killed as hanging by now, as a rule
    }

    private FunctionStatus? Function(DemoNode node, int choice)
    {
        var status = pair.Ask(node);
        if (status?.Functions is { Count: > 0 } functions && functions[choice % functions.Count] is { ProcessId: not 0 } function) return function;
        tell($"{node.Name} shows no such process at the moment");
        return null;
    }

    private Action Deafen(DemoNode node)
    {
        var host = pair.HostOf(node);
        host.Deafen();
        tell($"{node.Name} hears nothing");
        return host.Hear;
    }

    private Action Slow(DemoNode node, int choice)
    {
        var host = pair.HostOf(node);
        var kilobits = Kilobits[choice % Kilobits.Length];
        host.Slow(kilobits);
        tell($"{node.Name} sends {kilobits} kbit/s at most");
        return host.SpeedUp;
    }

    private Action End(DemoNode node)
    {
        if (!node.IsRunning) return () => pair.StartUnlessRunning(node);
        var process = node.ProcessId;
        node.Signal(Signum.SIGTERM);
        tell($"asked {node.Name} to end");
        return () =>
        {
            pair.Continue(node, process); // another fault may have stopped it
            if (node.IsRunning && node.ProcessId == process) node.Stop();
            pair.StartUnlessRunning(node);
        };
    }

    private Action Switchover(DemoNode node)
    {
        if (!node.IsRunning) return () => { };
        // The answer comes when it is over, which may take as long as another fault.
        var answer = Task.Run(() =>
        {
            try
            {
                return node.Ask(new ControlRequest("switchover")).Error ?? "done";
            }
            catch (IOException error)
            {
                return error.Message;
            }
        });
        return () => tell($"switchover from {node.Name}: {answer.GetAwaiter().GetResult()}");
    }
}
