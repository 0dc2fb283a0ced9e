using Holdfast.NfLib.Host;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>What the operator asks for. Each returns why it was not done, or null; they wait, so they are called on the
/// thread of who asks.</summary>
internal sealed partial class FunctionSupervisor
{
    private static readonly TimeSpan HandOverPatience = TimeSpan.FromSeconds(10), FarewellPatience = TimeSpan.FromSeconds(1);

    /// <summary>Takes no batches, or does so again.</summary>
    public string? Pause(string name, bool paused)
    {
        if (PairOf(name) is not { } pair) return Unknown(name);
        lock (_gate)
        {
            if (pair.StoppedBecause is not null) return $"NF {name} is stopped; say `nfmgr nf restart {name}`";
            if (pair.Memory.IsPaused == paused) return $"NF {name} is {(paused ? "paused already" : "not paused")}";
            // First of all, so that the standby does not see anything age.
            if (paused) _at.Hold(_held = true);
            pair.Memory.Pause(paused);
            Say($"NF {name} is {(paused ? "paused" : "resumed")} by the operator");
        }

        return null;
    }

    /// <summary>Puts the program that lies on disk now in the place of the one that runs, between two batches; starts an NF
    /// again that was stopped.</summary>
    /// <param name="name">The NF.</param>
    /// <param name="mayMigrate">Asked when the new build turns the state into another layout: why that can't be, or null.</param>
    /// <param name="migrated">Called when it has.</param>
    /// <param name="nanoseconds">From the wish to hand over until the new process owned the NF.</param>
    public string? Restart(string name, Func<string?> mayMigrate, Action migrated, out long nanoseconds)
    {
        nanoseconds = 0;
        if (PairOf(name) is not { } pair) return Unknown(name);
        if (!_failures.BatchCommit) return "chain.batchCommit is off, so no process can take over from another; restart the node";
        lock (_gate)
        {
            if (_haltedBecause is { } halted)
            {
                _at.EndLife($"the operator restarts NF {name} of a chain that was halted: {halted}");
                return null;
            }

            if (pair.IsHandingOver) return $"NF {name} is being restarted already";
            if (pair.StoppedBecause is null) pair.IsHandingOver = true;
        }

        if (!pair.IsHandingOver) return Revive(pair);
        try
        {
            var error = HandOver(pair, mayMigrate, out nanoseconds, out var hasMigrated);
            if (hasMigrated) migrated();
            return error;
        }
        finally
        {
            lock (_gate) pair.IsHandingOver = false;
        }
    }

    /// <summary>Layout of each NF's state; changes when a build migrates it.</summary>
    public IReadOnlyList<ulong> Layouts()
    {
        lock (_gate) return [.. _pairs.Select(pair => pair.Layout)];
    }

    private string? Revive(FunctionPair pair)
    {
        lock (_gate)
        {
            Say($"NF {pair.Name} is started again by the operator");
            pair.StoppedBecause = null;
            pair.IsBypassed = false;
            pair.Budget.Reset();
            pair.NextStart = 0;
            if (WaitFor(() => pair.Owner is not null || pair.StoppedBecause is not null || _stop, AttachPatience) && pair.Owner is not null)
                return null;
            return pair.StoppedBecause ?? $"NF {pair.Name} has not come up within {AttachPatience.TotalSeconds} s; look at its output";
        }
    }

    private string? HandOver(FunctionPair pair, Func<string?> mayMigrate, out long nanoseconds, out bool hasMigrated)
    {
        (nanoseconds, hasMigrated) = (0, false);
        Task<FunctionProcess?> launched;
        lock (_gate) launched = Launch(pair, bypass: false);
        if (launched.Result is not { } next) return $"NF {pair.Name}: its program can't be started; the running one is untouched";
        var ready = next.Ready.Wait(AttachPatience) ? next.Ready.Result : new NfReady($"it is not ready after {AttachPatience.TotalSeconds} s");
        if (Refusal(pair, ready, mayMigrate) is { } refusal)
        {
            lock (_gate) End(next, "is not wanted");
            return $"NF {pair.Name}: {refusal}; the running one is untouched";
        }

        lock (_gate)
        {
            if (!pair.Processes.Contains(next)) return $"NF {pair.Name}: the new process died before it took over; the running one is untouched";
            // The twin is of the old build: it must not be the one that goes on.
            // And its end must not cost the processor time that the hand-over needs.
            foreach (var twin in pair.Processes.FindAll(p => p != next && p.Generation > pair.Memory.Owner)) End(twin, "is replaced");
            WaitFor(() => !pair.Processes.Exists(p => p.EndIsWanted), FarewellPatience);
            foreach (var old in pair.Processes.FindAll(p => p != next)) old.EndIsWanted = true;
            var began = Now;
            pair.Memory.Retire(next.Generation - 1);
            WaitFor(() => pair.Memory.Owner == next.Generation || !pair.Processes.Contains(next) || _stop, HandOverPatience);
            if (pair.Memory.Owner != next.Generation)
            {
                foreach (var old in pair.Processes.FindAll(p => p != next)) old.EndIsWanted = false;
                if (!pair.Processes.Contains(next)) return $"NF {pair.Name}: the new process died when it took over; look at `nfmgr status`";
                End(next, "did not get the NF");
                return $"NF {pair.Name}: the running process has not handed over within {HandOverPatience.TotalSeconds} s";
            }

            nanoseconds = Math.Max(0, pair.Memory.TookOverAt - began);
            pair.IsBypassed = false;
            hasMigrated = !HasLayoutOf(pair, ready);
            if (hasMigrated) pair.Layout = ready.Layout;
            WaitFor(() => !pair.Processes.Exists(p => p.EndIsWanted), FarewellPatience);
            foreach (var old in pair.Processes.FindAll(p => p.EndIsWanted)) old.Kill("handed its NF over and did not end");
            pair.Budget.Reset();
            Say($"NF {pair.Name} was handed over to process {next.ProcessId} in {nanoseconds / 1000.0:0} µs, by the operator's word");
        }

        return null;
    }

    private static string? Refusal(FunctionPair pair, NfReady ready, Func<string?> mayMigrate)
    {
        if (ready.Error is { } error) return error;
        if (HasLayoutOf(pair, ready)) return null;
        return ready.Migrates ? mayMigrate()
            : "the new build has another state layout and brings no migration; put the old build back, or give it one";
    }

    /// <summary>Waits under the lock, which is free meanwhile.</summary>
    private bool WaitFor(Func<bool> condition, TimeSpan patience)
    {
        var deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 >= deadline) return false;
            Monitor.Wait(_gate, 1); // what an NF writes tells nobody
        }

        return true;
    }

    private string Unknown(string name) => $"there is no NF '{name}' in this chain; there are {string.Join(", ", _pairs.Select(p => p.Name))}";
}
