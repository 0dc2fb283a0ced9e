using System.Diagnostics;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// Keeps the NFs of one life of a node running: an active process and a warm twin for each. Who succeeds a dead process is
/// decided by the kernel, which hands the NF's lock on; here the dead are named, their twins replaced, those that hang are
/// killed, and those that can't live are given up. A thread of its own; commands come on others.
/// </summary>
internal sealed partial class FunctionSupervisor : IDisposable
{
    /// <summary>Between two looks at the NFs; longer than an idle NF's sleep, so that it has beaten meanwhile.</summary>
    private const int LookMilliseconds = 15;

    private const string SaidTooMuch = "said something on its control connection, where it has nothing to say";

    private static readonly TimeSpan AttachPatience = TimeSpan.FromSeconds(30);

    private readonly SupervisionWiring _at;
    private readonly FailureSection _failures;
    private readonly FunctionPair[] _pairs;
    private readonly object _gate = new();
    private readonly Queue<string> _toReport = new();
    private readonly Thread _thread;
    private bool _begun, _stop, _held;
    private string? _haltedBecause;

    public FunctionSupervisor(SupervisionWiring wiring)
    {
        _at = wiring;
        _failures = wiring.Chain.Failures;
        _pairs = [.. wiring.Chain.Functions.Select((section, i) => new FunctionPair(section, wiring.Memory[i], _failures))];
        _thread = new Thread(Run) { IsBackground = true, Name = "supervisor" };
    }

    private static long Now => Stopwatch.GetTimestamp(); // CLOCK_MONOTONIC in nanoseconds, as NFs write it

    /// <summary>Starts the first process of each NF, and waits until all have declared their state.</summary>
    /// <exception cref="FunctionStartException">An NF can't be started, or refuses its settings.</exception>
    public void Start()
    {
        List<FunctionProcess> first = [];
        lock (_gate)
        {
            // Listed before the lock is free, so that one that attaches or dies at once is known.
            foreach (var pair in _pairs)
            {
                first.Add(FunctionProcesses.Start(pair.Section, pair.NextGeneration(), bypass: false, _at.ControlSocket));
                pair.Processes.Add(first[^1]);
            }
        }

        _thread.Start();
        foreach (var process in first)
        {
            if (!process.Ready.Wait(AttachPatience))
                throw new FunctionStartException($"NF {process.Function} has not attached within {AttachPatience.TotalSeconds} s; look at its output above");
            if (process.Ready.Result.Error is { } error) throw new FunctionStartException(error);
        }
    }

    /// <summary>From here on a death is not the end: twins are started.</summary>
    /// <param name="layouts">Layout of each NF's declared state.</param>
    public void Begin(IReadOnlyList<ulong> layouts)
    {
        lock (_gate)
        {
            for (var i = 0; i < _pairs.Length; i++) _pairs[i].Layout = layouts[i];
            _begun = true;
        }
    }

    /// <summary>Whether this is an NF's process, which may ask nothing of nfmgr.</summary>
    public bool IsFunction(int processId)
    {
        lock (_gate) return Array.Exists(_pairs, pair => pair.Processes.Exists(p => p.ProcessId == processId));
    }

    public IReadOnlyList<FunctionReport> Report()
    {
        lock (_gate) return [.. _pairs.Select(pair => pair.Report())];
    }

    /// <summary>How the NF's last process died that has a successor, in words.</summary>
    /// <remarks>The successor is at work before nfmgr hears of the death, so this waits for the news.</remarks>
    public string CauseOfDeath(int function)
    {
        var pair = _pairs[function];
        lock (_gate)
        {
            WaitFor(() => _stop || !pair.Processes.Exists(p => p.IsReady && p.Generation < pair.Memory.Owner), FarewellPatience);
            return pair.LastDeath?.Cause ?? "nobody knows how";
        }
    }

    /// <summary>An NF wrote into shared memory what no honest NF writes, so the rings can't be trusted any more; the root has
    /// halted.</summary>
    /// <param name="function">Its place in the chain.</param>
    /// <param name="what">What it did, as the rest of a sentence that begins with its name.</param>
    public void Violated(int function, string what)
    {
        var pair = _pairs[function];
        var why = $"NF {pair.Name} {what}";
        lock (_gate)
        {
            if (_haltedBecause is not null) return;
            foreach (var process in pair.Processes) End(process, what);
            if (_failures.Policy != FailurePolicy.FailClosed)
            {
                _at.EndLife($"{why}; this node's chain stops, the peer takes over if it can");
                return;
            }

            _haltedBecause = pair.StoppedBecause = why;
            _at.Hold(_held = true);
            Say($"the chain is HALTED, nothing comes in and nothing goes out: {why}; mend NF {pair.Name} and say "
                + $"`nfmgr nf restart {pair.Name}`, which begins the next life of this node");
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stop = true;
            Monitor.PulseAll(_gate);
        }

        if (_thread.IsAlive && Thread.CurrentThread != _thread) _thread.Join();
        lock (_gate)
        {
            foreach (var process in _pairs.SelectMany(pair => pair.Processes)) process.Dispose();
            foreach (var pair in _pairs) pair.Processes.Clear();
        }
    }

    private void Run()
    {
        var lastLook = 0L;
        try
        {
            while (!Volatile.Read(ref _stop))
            {
                FunctionProcess[] processes;
                lock (_gate) processes = [.. _pairs.SelectMany(pair => pair.Processes)];
                Wait(processes);
                if (Now - lastLook >= LookMilliseconds * 1_000_000L)
                {
                    lock (_gate) Look();
                    lastLook = Now;
                }

                lock (_gate) StartMissing();
                FlushReports();
            }
        }
        catch (Exception error)
        {
            // A mistake of ours. This life must end, but the node can live on, and its peer has the state.
            _at.EndLife($"the supervisor failed, please report this: {error}");
        }

        FlushReports();
    }

    /// <summary>Waits until something is heard of the processes, or it is time to look at them.</summary>
    private unsafe void Wait(FunctionProcess[] processes)
    {
        // Safe: two entries for each process, on this method's stack for the whole call.
        var fds = stackalloc Libc.PollFd[2 * processes.Length];
        for (var i = 0; i < processes.Length; i++)
        {
            var listen = processes[i] is { IsReady: true, SocketEndedAt: 0, Socket: not null };
            fds[2 * i] = new Libc.PollFd { Fd = processes[i].PidFd, Events = Libc.POLLIN };
            // The kernel passes over negative descriptors.
            fds[2 * i + 1] = new Libc.PollFd { Fd = listen ? processes[i].Socket!.Fd : -1, Events = Libc.POLLIN };
        }

        var timeout = new Libc.TimeSpec { Nanoseconds = LookMilliseconds * 1_000_000L };
        if (Libc.PPoll(fds, (nuint)(2 * processes.Length), &timeout, null) <= 0) return;
        for (var i = 0; i < processes.Length; i++)
        {
            if (fds[2 * i].Returned != 0) OnEnded(processes[i]);
            else if (fds[2 * i + 1].Returned != 0) OnSaid(processes[i]);
        }
    }

    /// <summary>A process says something after it was ready, which none does, or its connection ends: it dies, or it is up to
    /// something.</summary>
    private void OnSaid(FunctionProcess process)
    {
        lock (_gate)
        {
            if (!PairOf(process.Function)!.Processes.Contains(process)) return; // its socket is closed
            process.SocketEndedAt = Now;
            if (process.Socket!.HasBytes) process.Kill(SaidTooMuch);
        }
    }

    private void OnEnded(FunctionProcess process)
    {
        var noticedAt = Now;
        var pair = PairOf(process.Function)!;
        var cause = process.Cause();
        // Why it could not get ready may still be on its way through the thread that attaches it.
        if (process.Socket is not null && process.Ready.Wait(LookMilliseconds) && process.Ready.Result.Error is { } error) cause += $"; {error}";
        lock (_gate)
        {
            if (!pair.Processes.Remove(process)) return;
            if (pair.Memory.LastWordsOf(process.Generation) is { Length: > 0 } words) cause += $"; its last words: {words}";
            var why = $"NF {pair.Name} (process {process.ProcessId}) died: {cause}";
            if (_begun && !process.EndIsWanted) OnDied(pair, process, cause, noticedAt, why);
            else if (!_begun && process.IsReady) _at.EndLife(why);
            process.IsReadyWith(new NfReady(why));
            Monitor.PulseAll(_gate);
        }

        process.Dispose();
    }

    private void OnDied(FunctionPair pair, FunctionProcess process, string cause, long noticedAt, string why)
    {
        var wasOwner = pair.WasOwner(process);
        var progressed = pair.Died(process, cause, noticedAt);
        if (!_failures.BatchCommit)
        {
            _at.EndLife($"{why}; this node's chain stops, the peer takes over if it can (chain.batchCommit is off)");
            return;
        }

        // A twin that dies while the NF runs costs nothing but its start; without an owner it is the NF itself that fails.
        var matters = wasOwner || pair.Owner is null;
        var decision = matters ? pair.Budget.Died(noticedAt, wasOwner && progressed) : pair.Budget.StartFailed(noticedAt);
        pair.NextStart = noticedAt + (long)decision.Pause.TotalNanoseconds;
        Say(decision.GivenUp is { } end ? $"{why}; {end}"
            : !wasOwner ? $"{why}; it was not at work. The next twin starts{After(decision.Pause)}"
            : Next(pair) is { } next ? $"{why}; process {next.ProcessId} goes on, the next twin starts{After(decision.Pause)}"
            : $"{why}; no twin is ready yet, the next process starts{After(decision.Pause)}");
        if (decision.GivenUp is not null) GiveUp(pair, $"{why}; {decision.GivenUp}");

        // The kernel was faster than this message: the twin owns the NF by now, or will at once.
        static FunctionProcess? Next(FunctionPair pair) => pair.Owner ?? (pair.Twin is { IsReady: true } twin ? twin : null);
        static string After(TimeSpan pause) => pause == TimeSpan.Zero ? " now" : $" in {pause.TotalMilliseconds} ms";
    }

    /// <summary>An NF can't go on by itself: the chain's policy decides.</summary>
    private void GiveUp(FunctionPair pair, string why)
    {
        switch (_failures.Policy)
        {
            case FailurePolicy.TakeOver:
                _at.EndLife($"{why}; this node's chain stops, the peer takes over if it can");
                break;
            case FailurePolicy.FailOpen when !pair.IsBypassed:
                pair.IsBypassed = true;
                pair.Budget.Reset();
                pair.NextStart = 0;
                EndAll(pair);
                Say($"NF {pair.Name} is BYPASSED: packets pass by it unchanged; mend it and say `nfmgr nf restart {pair.Name}`");
                break;
            default:
                pair.StoppedBecause = why;
                EndAll(pair);
                Say($"NF {pair.Name} is STOPPED, and with it the chain; mend it and say `nfmgr nf restart {pair.Name}`");
                break;
        }
    }

    private static void EndAll(FunctionPair pair)
    {
        foreach (var process in pair.Processes) End(process, "is given up");
    }

    private static void End(FunctionProcess process, string why)
    {
        process.EndIsWanted = true;
        process.Kill(why);
    }

    private void StartMissing()
    {
        if (!_begun || _haltedBecause is not null || _stop) return;
        foreach (var pair in _pairs)
        {
            if (pair.WantsProcess(Now)) Launch(pair, pair.IsBypassed);
        }
    }

    /// <summary>Starts a process on another thread, because that takes some milliseconds.</summary>
    private Task<FunctionProcess?> Launch(FunctionPair pair, bool bypass)
    {
        var generation = pair.NextGeneration();
        pair.Starting++;
        return Task.Run(() =>
        {
            FunctionProcess? process = null;
            string? error = null;
            try
            {
                process = FunctionProcesses.Start(pair.Section, generation, bypass, _at.ControlSocket);
            }
            catch (FunctionStartException refused)
            {
                error = refused.Message;
            }

            lock (_gate)
            {
                pair.Starting--;
                if (error is not null) Failed(pair, error);
                if (_stop)
                {
                    process?.Dispose();
                    process = null;
                }

                if (process is not null) pair.Processes.Add(process);
                // One that was given up meanwhile is not wanted any more; its end is noticed as any other.
                if (process is not null && pair.StoppedBecause is not null) End(process, "is given up");
                Monitor.PulseAll(_gate);
            }

            return process;
        });
    }

    private void Failed(FunctionPair pair, string error)
    {
        var decision = pair.Owner is null ? pair.Budget.Died(Now, progressed: false) : pair.Budget.StartFailed(Now);
        pair.NextStart = Now + (long)decision.Pause.TotalNanoseconds;
        Say(error);
        if (decision.GivenUp is { } why) GiveUp(pair, $"NF {pair.Name}: {why}: {error}");
    }

    private FunctionPair? PairOf(string name) => Array.Find(_pairs, pair => pair.Name == name);

    private void Say(string what) => _toReport.Enqueue(what);

    /// <summary>Writes what is to be written without the lock, which the status waits for.</summary>
    private void FlushReports()
    {
        while (true)
        {
            string? what;
            lock (_gate) _toReport.TryDequeue(out what);
            if (what is null) return;
            _at.Report(what);
        }
    }
}
