using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// One NF: the process that owns it, its twin, and what is known of those before. Guarded by the lock of its
/// <see cref="FunctionSupervisor"/>.
/// </summary>
internal sealed class FunctionPair(FunctionSection section, FunctionMemory memory, FailureSection failures)
{
    private uint _lastGeneration;

    public FunctionSection Section => section;

    public string Name => section.Name;

    public FunctionMemory Memory => memory;

    /// <summary>Living processes, by generation.</summary>
    public List<FunctionProcess> Processes { get; } = [];

    /// <summary>Processes that are being started and are not listed yet.</summary>
    public int Starting { get; set; }

    /// <summary>Not before this is the next process started; monotonic nanoseconds.</summary>
    public long NextStart { get; set; }

    /// <summary>Layout of the state in its block; 0 until the first process has declared it.</summary>
    public ulong Layout { get; set; }

    public RestartBudget Budget { get; } = new(failures.DeathsPerMinute);

    public HangWatch Hang { get; } = new(failures.HangTimeout);

    /// <summary>One per input.</summary>
    public IdleWatch[] Idle { get; } = [new(failures.HangTimeout), new(failures.HangTimeout)];

    /// <summary>Why it does not run until the operator restarts it; null while it is to run.</summary>
    public string? StoppedBecause { get; set; }

    /// <summary>The bypass program stands in for it.</summary>
    public bool IsBypassed { get; set; }

    /// <summary>A new build is to take over: no twin is started by itself.</summary>
    public bool IsHandingOver { get; set; }

    /// <summary>Since when no living process owns it; 0 while one does.</summary>
    public long OwnerlessSince { get; set; }

    /// <summary>Its lock was taken out of a dead hand since it has no owner.</summary>
    public bool LockWasFreed { get; set; }

    public int Restarts { get; private set; }

    public FunctionDeath? LastDeath { get; private set; }

    /// <summary>Committed when an owner died last.</summary>
    private ulong CommittedAtDeath { get; set; }

    /// <summary>The process that says that it owns the NF.</summary>
    public FunctionProcess? Owner
    {
        get
        {
            var generation = memory.Owner;
            // Without batch commit there is only one, which need not say anything.
            return Processes.Find(p => p.IsReady && (p.Generation == generation || !failures.BatchCommit));
        }
    }

    /// <summary>The process that owns the NF next, warm or not.</summary>
    public FunctionProcess? Twin
    {
        get
        {
            var owner = memory.Owner;
            return Processes.FindLast(p => p.Generation > owner && !p.EndIsWanted);
        }
    }

    /// <summary>A process owned the NF when it died: its successor has a higher generation.</summary>
    public bool WasOwner(FunctionProcess process) => process.Generation <= memory.Owner || !failures.BatchCommit;

    public bool WantsProcess(long now) => StoppedBecause is null && !IsHandingOver && Starting == 0 && now >= NextStart
        && Processes.Count(p => !p.EndIsWanted) < (failures.Twins ? 2 : 1);

    public uint NextGeneration() => ++_lastGeneration;

    /// <summary>Writes down a death, and whether anything was committed since the last one.</summary>
    public bool Died(FunctionProcess process, string cause, long noticedAt)
    {
        Restarts++;
        LastDeath = new FunctionDeath(process.ProcessId, process.Generation, cause, DateTime.UtcNow, noticedAt);
        if (!WasOwner(process)) return true;
        var progressed = memory.Committed != CommittedAtDeath;
        CommittedAtDeath = memory.Committed;
        return progressed;
    }

    /// <summary>The state in words.</summary>
    public string State()
    {
        if (StoppedBecause is not null) return "stopped";
        if (Owner is not { } owner) return Twin is { IsReady: true } ? "taking over" : "starting";
        var state = memory switch
        {
            { IsPaused: true } => "paused",
            { IsActive: false } => "asleep",
            _ when Hang.IsSilent => "silent",
            _ when owner.IsBypass => "bypassed",
            _ => "running",
        };
        return Twin is { IsReady: true } || !failures.Twins ? state : $"{state} without twin";
    }

    public FunctionReport Report() => new(Name, Owner?.ProcessId ?? 0, Twin is { IsReady: true } twin ? twin.ProcessId : 0, memory.Owner,
        State(), StoppedBecause, Restarts, LastDeath, Hang.Stalls, memory.TookOverAt, memory.FirstOutputAt);
}

/// <param name="ProcessId">Who died.</param>
/// <param name="Generation">Its generation.</param>
/// <param name="Cause">How, in words.</param>
/// <param name="At">When, UTC.</param>
/// <param name="NoticedAt">The same on CLOCK_MONOTONIC, in nanoseconds.</param>
internal sealed record FunctionDeath(int ProcessId, uint Generation, string Cause, DateTime At, long NoticedAt);

/// <summary>An NF at one moment.</summary>
/// <param name="Name">The NF's.</param>
/// <param name="ProcessId">Who owns it; 0: nobody.</param>
/// <param name="TwinProcessId">Who is warm and owns it next; 0: nobody.</param>
/// <param name="Generation">Of the last owner.</param>
/// <param name="State">In words.</param>
/// <param name="StoppedBecause">Why it does not run until it is restarted.</param>
/// <param name="Restarts">Processes that had to be replaced.</param>
/// <param name="LastDeath">Of whichever of them.</param>
/// <param name="Stalls">Times that it went without a beat and was not to blame.</param>
/// <param name="TookOverAt">When its owner got it; CLOCK_MONOTONIC, nanoseconds.</param>
/// <param name="FirstOutputAt">When that published its first output, or 0.</param>
internal sealed record FunctionReport(string Name, int ProcessId, int TwinProcessId, uint Generation, string State, string? StoppedBecause,
    int Restarts, FunctionDeath? LastDeath, ulong Stalls, long TookOverAt, long FirstOutputAt);
