namespace Holdfast.Chaos.Faults;

/// <summary>One thing that goes wrong in a round.</summary>
/// <param name="Kind">What.</param>
/// <param name="At">Milliseconds from the round's beginning.</param>
/// <param name="Lasts">Milliseconds until it heals, or until who was killed starts again.</param>
/// <param name="Choice">Which NF, which order, how slow: a number whose meaning the kind knows.</param>
internal sealed record Fault(FaultKind Kind, int At, int Lasts, int Choice)
{
    /// <summary>A node's process ends.</summary>
    public bool EndsNode => Kind is FaultKind.KillRuler or FaultKind.KillStandby or FaultKind.KillBoth or FaultKind.EndRuler or FaultKind.EndStandby;

    public override string ToString() => $"{Kind} at {At} for {Lasts} ms";

    /// <summary>How long a kind may last, in milliseconds.</summary>
    public static (int Least, int Most) Range(FaultKind kind) => kind switch
    {
        FaultKind.PauseRuler or FaultKind.PauseStandby => (5, 60),
        FaultKind.StopRuler or FaultKind.StopStandby => (200, 2_000),
        FaultKind.KillFunction or FaultKind.KillStandbyFunction or FaultKind.Switchover => (0, 0),
        FaultKind.StopFunction or FaultKind.StopStandbyFunction => (100, 1_500),
        FaultKind.HogCores => (500, 1_000),
        _ => (50, 1_500),
    };
}
