using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Simulation;

/// <summary>The simulator for people and CI; see scripts/simulate.sh.</summary>
internal static class Program
{
    private const string Usage = """
        usage: simulate --seed S [--all-faults]  replays one seed, and says what happened
               simulate --seeds FIRST COUNT      runs these seeds
               simulate --steps N                explores fresh seeds until N protocol steps are done
               simulate --seconds N              explores fresh seeds for N seconds
               simulate --controls               runs the deliberately broken variants, each of which must be found
        """;

    private static int Main(string[] args)
    {
        try
        {
            return args switch
            {
                ["--seed", var seed] => Replay(Number(seed), shortest: true),
                ["--seed", var seed, "--all-faults"] => Replay(Number(seed), shortest: false),
                ["--seeds", var first, var count] => Explore(Enumerable.Range(Number(first), Number(count)), _ => true),
                ["--steps", var steps] => Explore(Fresh(), total => total.Steps < long.Parse(steps, CultureInfo.InvariantCulture)),
                ["--seconds", var seconds] => Explore(Fresh(), total => total.Seconds < Number(seconds)),
                ["--controls"] => RunControls(),
                _ => Refuse(),
            };
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            return Refuse();
        }
    }

    private static int Refuse()
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<int> Fresh()
    {
        var first = Random.Shared.Next(1_000_000, int.MaxValue / 2);
        Console.WriteLine($"fresh seeds from {first}");
        for (var seed = first; ; seed++) yield return seed;
    }

    private static int Replay(int seed, bool shortest)
    {
        var run = SimRun.Of(seed);
        if (run.Violation is not null && shortest)
        {
            var all = run.Faults.Count;
            run = run.Shortest();
            Console.WriteLine($"the shortest that still fails: {run.Faults.Count} of {all} faults");
        }

        Console.WriteLine(run.Transcript);
        Console.WriteLine(run.Violation is null ? $"seed {seed}: no violation" : $"seed {seed}: {run.Violation}");
        return run.Violation is null ? 0 : 1;
    }

    private static int Explore(IEnumerable<int> seeds, Func<Total, bool> goesOn)
    {
        var total = new Total();
        foreach (var seed in seeds)
        {
            var run = SimRun.Of(seed);
            total.Add(run);
            if (run.Violation is not null) Console.WriteLine($"seed {seed}: {run.Violation}\n    replay: scripts/simulate.sh --seed {seed}");
            if (!goesOn(total)) break;
        }

        Console.WriteLine(total);
        return total.Failed == 0 ? 0 : 1;
    }

    private static int RunControls()
    {
        int found = 0, missed = 0;
        long steps = 0;
        var clock = Stopwatch.StartNew();
        foreach (var control in Control.All)
        {
            var hit = control.Find(out var ran);
            steps += ran;
            if (hit is null)
            {
                missed++;
                Console.WriteLine($"MISSED  {control.Name}");
            }
            else
            {
                found++;
                Console.WriteLine($"found   {control.Name}: seed {hit.Seed}: {hit.Violation}");
            }
        }

        Console.WriteLine($"{found} passed, {missed} failed; {steps / clock.Elapsed.TotalSeconds:0} steps/s");
        return missed == 0 ? 0 : 1;
    }

    /// <summary>What many runs add up to.</summary>
    private sealed class Total
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private int _passed, _takeovers, _switchovers, _resumed, _lost;
        private long _deaths, _faults, _released;

        public int Failed { get; private set; }

        public long Steps { get; private set; }

        public double Seconds => _clock.Elapsed.TotalSeconds;

        public void Add(SimRun run)
        {
            if (run.Violation is null) _passed++;
            else Failed++;
            Steps += run.Steps;
            _takeovers += run.Takeovers;
            _switchovers += run.Switchovers;
            _resumed += run.Resumed;
            _lost += run.StatesLost;
            _deaths += run.FunctionDeaths;
            _faults += run.Faults.Count(f => f.Kind != FaultKind.Heal);
            _released += run.Released;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"{Steps:N0} steps, {_faults:N0} faults, {_takeovers:N0} takeovers, {_switchovers:N0} switchovers, {_deaths:N0} NF deaths, states lost {_lost:N0}, old state resumed {_resumed:N0}\n"
            + $"{_passed} passed, {Failed} failed; {Steps / Seconds:N0} steps/s");
    }
}
