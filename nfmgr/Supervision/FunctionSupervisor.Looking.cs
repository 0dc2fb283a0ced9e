namespace Holdfast.Nfmgr.Supervision;

/// <summary>What is looked at every few milliseconds, because nobody tells.</summary>
internal sealed partial class FunctionSupervisor
{
    private const long Ms = 1_000_000;

    /// <summary>A dead process's connection ends before its pidfd tells; a living one's may not.</summary>
    private const long SocketGrace = 200 * Ms;

    /// <summary>Time for a process that gave its NF up to end by itself: on a busy machine the kernel is not done with a dead one
    /// for long.</summary>
    private const long FarewellGrace = 1_000 * Ms;

    /// <summary>The kernel hands a dead owner's lock on within a millisecond; after this it did not know the owner.</summary>
    private const long LockGrace = 20 * Ms;

    private void Look()
    {
        if (!_begun) return;
        var hold = _haltedBecause is not null;
        foreach (var pair in _pairs)
        {
            LookAtConnections(pair);
            if (_failures.BatchCommit) LookForOwner(pair);
            if (pair.Owner is { } owner)
            {
                LookAtSucceeded(pair);
                if (pair.Memory.IsActive) LookAtWork(pair, owner);
            }

            hold |= pair.StoppedBecause is not null || pair.Owner is null || pair.Memory.IsPaused || pair.Hang.IsSilent;
        }

        if (hold != _held) _at.Hold(_held = hold);
    }

    private static void LookAtConnections(FunctionPair pair)
    {
        foreach (var process in pair.Processes)
        {
            if (!process.IsReady && Now - process.StartedAt >= (long)AttachPatience.TotalNanoseconds)
                process.Kill($"was not ready within {AttachPatience.TotalSeconds} s");
            if (process.SocketEndedAt != 0 && Now - process.SocketEndedAt >= SocketGrace && process.KilledBecause is null)
                process.Kill("closed its control connection and lived on");
        }
    }

    private void LookForOwner(FunctionPair pair)
    {
        if (pair.Owner is not null || pair.StoppedBecause is not null)
        {
            pair.OwnerlessSince = 0;
            pair.LockWasFreed = false;
            return;
        }

        if (pair.OwnerlessSince == 0) pair.OwnerlessSince = Now;
        var waiting = pair.Processes.FindAll(p => p is { IsReady: true, EndIsWanted: false });
        if (waiting.Count == 0)
        {
            pair.OwnerlessSince = Now; // counted from when there is somebody who could
            return;
        }

        var since = Now - pair.OwnerlessSince;
        if (since >= LockGrace && !pair.LockWasFreed && IsNobodysLock(pair))
        {
            pair.LockWasFreed = true;
            Say($"NF {pair.Name}: its lock does not name who had it, so that was scribbled over; hands it on");
            pair.Memory.FreeLock();
        }

        if (since >= Math.Max(1_000 * Ms, 10 * (long)_failures.HangTimeout.TotalNanoseconds))
        {
            foreach (var process in waiting) process.Kill("does not take over");
        }
        else if (since >= (long)_failures.HangTimeout.TotalNanoseconds)
        {
            foreach (var process in waiting)
            {
                if (ThreadTimes.Of(process.ProcessId, 0) is { State: 'T' or 't' }) process.Kill("is stopped and can't take over");
            }
        }
    }

    /// <summary>Whether no living process has the lock, so that it is safe to hand it on.</summary>
    private static bool IsNobodysLock(FunctionPair pair)
    {
        var thread = pair.Memory.LockThread;
        return thread != 0 && !pair.Processes.Exists(p => Directory.Exists($"/proc/{p.ProcessId}/task/{thread}"));
    }

    /// <summary>Who gave the NF up, by an exception or because it was asked to, ends; or it is ended.</summary>
    private static void LookAtSucceeded(FunctionPair pair)
    {
        foreach (var process in pair.Processes)
        {
            if (!process.IsReady || process.Generation >= pair.Memory.Owner) continue;
            if (process.SucceededAt == 0) process.SucceededAt = Now;
            else if (Now - process.SucceededAt >= FarewellGrace) process.Kill("gave the NF up and did not end");
        }
    }

    private static void LookAtWork(FunctionPair pair, FunctionProcess owner)
    {
        var memory = pair.Memory;
        var now = Now;
        if (!pair.Hang.Beats(now, memory.Beat, owner.Generation))
        {
            if (ThreadTimes.Of(owner.ProcessId, memory.OwnerThread) is { } look && pair.Hang.Judge(now, look).Why is { } why)
                owner.Kill($"hangs: its thread {why}");
            return;
        }

        for (var direction = 0; direction < 2; direction++)
        {
            if (pair.Idle[direction].Ignores(now, memory.HeadOf(direction), memory.MayRead(direction)))
                owner.Kill($"does not read its input from the {(direction == 0 ? "left" : "right")}");
        }
    }
}
