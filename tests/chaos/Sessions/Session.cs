using Holdfast.Chaos.Faults;
using Holdfast.Chaos.Networks;
using Holdfast.Chaos.Reporting;
using Holdfast.Nfmgr.Demo;

namespace Holdfast.Chaos.Sessions;

/// <summary>One chain's life: some rounds of faults, and the judgement at the end.</summary>
/// <param name="number">Counts sessions; with the run's seed it decides everything that a seed can decide.</param>
/// <param name="options">The run's.</param>
/// <param name="report">Is told everything.</param>
internal sealed class Session(int number, ChaosOptions options, ChaosReport report, CancellationToken stop)
{
    private const int Rounds = 8;

    /// <summary>Of this session alone.</summary>
    private readonly int _seed = unchecked(options.Seed * 1_000_003 + number);

    private int _round;
    private IReadOnlyList<Fault> _faults = [];

    private string Kind => number % 2 == 0 ? "judged" : "live";

    /// <param name="directory">Of the run; the session's part is removed if nothing was wrong.</param>
    /// <param name="goesOn">Whether there is time for another round.</param>
    public void Run(string directory, Func<bool> goesOn)
    {
        var own = Directory.CreateDirectory(Path.Combine(directory, $"session-{number:000}-{Kind}")).FullName;
        var before = report.Violations.Count;
        try
        {
            var hosts = NodeHost.MakePair(Leftovers.Prefix);
            using var ofA = hosts.A;
            using var ofB = hosts.B;
            using IChain chain = Kind == "judged" ? new JudgedChain(own, options.Programs, _seed, hosts, stop)
                : new LiveChain(own, options.Programs, _seed, hosts, Leftovers.Prefix, stop);
            RunRounds(chain, own, goesOn);
        }
        catch (Exception error) when (error is ViolationException or DemoException)
        {
            Violate(error.Message);
        }

        report.Sessions++;
        if (report.Violations.Count == before && options.KeepLogs is null) Directory.Delete(own, recursive: true);
    }

    private void RunRounds(IChain chain, string directory, Func<bool> goesOn)
    {
        using var transcript = new StreamWriter(Path.Combine(directory, "faults.log"));
        transcript.AutoFlush = true;
        void Tell(string what) => transcript.WriteLine($"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} round {_round}: {what}");
        var injector = new Injector(chain.Pair, Tell);
        var moments = new Random(_seed ^ 0x5EED);
        foreach (var faults in Schedule.Rounds(_seed, options.Kinds).Take(Rounds))
        {
            stop.ThrowIfCancellationRequested();
            if (!goesOn()) break;
            _round++;
            _faults = faults;
            Thread.Sleep(moments.Next(100, 600));
            chain.Pair.WaitUntilProtected();
            var lost = chain.Pair.StatesLost.Count();
            injector.Run(faults);
            var began = Environment.TickCount64;
            var ruler = chain.Pair.WaitUntilProtected();
            Tell($"protected again {Environment.TickCount64 - began} ms after the last was healed; {ruler.Name} rules");
            report.NoteRecovery(Environment.TickCount64 - began, number, _round, faults);
            Look(chain, lost);
            chain.AwaitTraffic();
            report.NoteRound(number, _round, faults, chain.TakeOutages());
        }

        var result = chain.Finish(chain.Pair.StatesLost.Any());
        Look(chain, chain.Pair.StatesLost.Count());
        report.Add(result.Figures);
        report.Takeovers += chain.Pair.Takeovers;
        report.StatesLost += chain.Pair.StatesLost.Count();
        foreach (var violation in result.Violations) Violate(violation);
    }

    /// <summary>At what nodes wrote and clients saw.</summary>
    private void Look(IChain chain, int lostBefore)
    {
        foreach (var line in chain.Pair.ReadLogs()) Violate($"a node's log has: {line}");
        var lost = chain.Pair.StatesLost.ToList();
        if (lost.Count > lostBefore && !Schedule.MayLoseState(_faults)) Violate("the chain's state was lost, and nothing had happened that may cost it");
        if (lost.Count > lostBefore) report.ConnectionsLost += chain.GiveUpConnectionsBefore(lost.Max());
        foreach (var incident in chain.TakeIncidents())
        {
            if (incident.IsBreak && lost.Any(time => time > incident.Began)) report.ConnectionsLost++;
            else Violate($"{incident.Client}: {incident.What}");
        }
    }

    private void Violate(string what) => report.Violate(new Violation(number, Kind, _round, string.Join(" and ", _faults), what));
}
