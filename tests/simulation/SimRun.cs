namespace Holdfast.Simulation;

/// <summary>One run of a world, and what came of it.</summary>
/// <param name="Seed">Of everything.</param>
/// <param name="Faults">What went wrong.</param>
/// <param name="Violation">The first; null if none.</param>
/// <param name="Steps">Protocol steps.</param>
/// <param name="Transcript">What happened, line by line.</param>
internal sealed record SimRun(int Seed, IReadOnlyList<SimFault> Faults, string? Violation, long Steps, string Transcript)
{
    private const int UsualSteps = 30_000;

    public int Takeovers { get; private init; }

    public int Switchovers { get; private init; }

    public int Resumed { get; private init; }

    public int StatesLost { get; private init; }

    public int FunctionDeaths { get; private init; }

    public int Released { get; private init; }

    /// <summary>Runs a seed with its faults, and then heals everything and demands that it comes to rest (invariant 9).</summary>
    public static SimRun Of(int seed, KnownBad knownBad = default, int? onlyInvariant = null, IReadOnlyList<SimFault>? faults = null)
    {
        using var world = new SimWorld(seed, knownBad, onlyInvariant);
        // What leaves nodes waiting for ever shows at the end only, so many runs end early.
        var steps = seed % 4 == 0 ? UsualSteps : 2_000 + (int)(((uint)seed * 2654435761u >> 16) % 8_000);
        faults ??= SimFault.Schedule(seed, steps, world.Arbiter is not null);
        world.Start();
        world.Run(steps, faults);
        var settled = world.Model.Violations.Count == 0 && world.Settle();
        if (!settled && world.Model.Violations.Count == 0) world.Model.Violate(9, $"not drained and protected after all faults ended; {world.A.Leak}; {world.B.Leak}");
        return new SimRun(seed, faults, world.Model.Violations.FirstOrDefault(), world.Steps, world.Transcript)
        {
            Takeovers = world.Takeovers,
            Switchovers = world.Switchovers,
            Resumed = world.Resumed,
            StatesLost = world.StatesLost,
            FunctionDeaths = world.FunctionDeaths,
            Released = world.Model.ReleasedCount,
        };
    }

    /// <summary>The same violation's invariant with as few faults as can be found: halves are left out, then smaller parts, then
    /// single ones.</summary>
    public SimRun Shortest(KnownBad knownBad = default, int? onlyInvariant = null)
    {
        var best = this;
        for (var part = Math.Max(1, best.Faults.Count / 2); ; part = Math.Max(1, part / 2))
        {
            var shorter = false;
            for (var at = 0; at < best.Faults.Count;)
            {
                SimFault[] left = [.. best.Faults.Take(at), .. best.Faults.Skip(at + part)];
                var run = Of(Seed, knownBad, onlyInvariant, left);
                if (run.Violation is null || run.Violation[..11] != Violation![..11])
                {
                    at += part;
                    continue;
                }

                best = run;
                shorter = true;
            }

            if (part == 1 && !shorter) return best;
        }
    }
}
