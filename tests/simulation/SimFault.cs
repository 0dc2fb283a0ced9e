namespace Holdfast.Simulation;

internal enum FaultKind
{
    Kill,
    KillAndStart,
    KillBoth,
    DieWriting,
    DieTurning,
    Pause,
    Leave,
    Cut,
    Mute,
    Isolate,
    Break,
    BreakSlowly,
    Refuse,
    Slow,
    FlipByte,
    Stranger,
    StopTraffic,
    OperatorContinues,
    OperatorSwitchesOver,
    IsolateArbiter,
    KillArbiter,
    RestartArbiter,
    ArbiterLosesDisk,
    KillFunction,
    Heal,
}

/// <summary>One thing that goes wrong, and when.</summary>
/// <param name="Step">Of the run.</param>
/// <param name="Kind">What.</param>
/// <param name="Node">0 or 1: to whom.</param>
/// <param name="Amount">How exactly, by a number whose meaning the kind knows.</param>
internal readonly record struct SimFault(int Step, FaultKind Kind, int Node, int Amount)
{
    private static readonly FaultKind[] OfNodes =
    [
        FaultKind.Kill, FaultKind.KillAndStart, FaultKind.KillBoth, FaultKind.DieWriting, FaultKind.DieTurning, FaultKind.DieTurning, FaultKind.Pause, FaultKind.Leave, FaultKind.Cut,
        FaultKind.Mute, FaultKind.Isolate, FaultKind.Break, FaultKind.BreakSlowly, FaultKind.BreakSlowly, FaultKind.Refuse, FaultKind.Slow,
        FaultKind.FlipByte, FaultKind.Stranger, FaultKind.StopTraffic, FaultKind.StopTraffic, FaultKind.OperatorContinues,
        FaultKind.OperatorSwitchesOver, FaultKind.OperatorSwitchesOver,
    ];

    private static readonly FaultKind[] OfArbiter = [FaultKind.IsolateArbiter, FaultKind.KillArbiter, FaultKind.RestartArbiter, FaultKind.ArbiterLosesDisk];

    /// <summary>The faults of a run, by its seed alone: leaving one out changes nothing about the others.</summary>
    public static List<SimFault> Schedule(int seed, int steps, bool hasArbiter)
    {
        var random = new Random(seed ^ 0x5EED);
        // In some runs faults last for longer than any patience of the nodes.
        var healing = random.Next(4) == 0 ? 20_000 : 2_500;
        FaultKind[] kinds = hasArbiter ? [.. OfNodes, .. OfArbiter] : OfNodes;
        var faults = new List<SimFault>();
        for (var step = 0; step < steps; step++)
        {
            if (random.Next(5_000) == 0)
            {
                // Misfortunes rarely come alone.
                for (var at = step; at < steps; at += random.Next(1, 500))
                {
                    faults.Add(new SimFault(at, kinds[random.Next(kinds.Length)], random.Next(2), random.Next()));
                    if (random.Next(3) != 0) break;
                }
            }

            if (random.Next(healing) == 0) faults.Add(new SimFault(step, FaultKind.Heal, 0, 0));
            if (random.Next(1_000) == 0) faults.Add(new SimFault(step, FaultKind.KillFunction, random.Next(2), random.Next()));
        }

        return [.. faults.OrderBy(fault => fault.Step)];
    }
}
