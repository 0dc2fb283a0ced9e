using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>
/// SIGKILL of NF processes at random moments, a thousand rounds over all three NFs with packets of both directions, also
/// while the standby joins, and of both processes of an NF at once. The judge compares everything that came in and out, and
/// the state, with a run in which nobody died. More or fewer rounds a session: HOLDFAST_NF_ROUNDS.
/// </summary>
public sealed class KillRoundsTests : FunctionFixture
{
    private const int BetweenJoins = 60;

    /// <summary>While an NF is without any process (both killed), packets wait on both sides, and a tick of one side can pass
    /// packets of the other. That shows in the state once it is long beside the shortest time-out of the chain's NFs (4 s), in
    /// milliseconds.</summary>
    private const double ComparableGap = 2_000;

    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_NF_ROUNDS"), out var told) ? told : 250;

    [Test]
    public void NFs_die_at_random_moments_and_nothing_is_lost([Values(1, 2, 3, 4)] int seed)
    {
        StartChain("\"deathsPerMinute\": 100000", honest: true);
        var random = new Random(seed);
        var ruler = Cluster.A;
        var began = Environment.TickCount64;
        int both = 0, joining = 0;
        HashSet<int> killed = [];
        for (var round = 0; round < Rounds;)
        {
            if (round % BetweenJoins == BetweenJoins - 1 && Cluster.B.IsRunning)
            {
                Cluster.B.Kill();
                Cluster.B.Start();
            }

            Thread.Sleep(random.Next(0, 20));
            var status = ruler.WaitFor("answers", _ => true);
            Assert.That(status.Lives, Is.EqualTo(1), "the life of the node goes on");
            // A process is killed once, also when nfmgr has not noticed yet.
            var ready = status.Functions.Where(f => f is { State: "running", ProcessId: not 0, TwinProcessId: not 0 } && !killed.Contains(f.ProcessId)).ToList();
            if (ready.Count == 0) continue;
            var victim = ready[random.Next(ready.Count)];
            if (random.Next(20) == 0 && Kills(victim.TwinProcessId)) both++;
            if (!Kills(victim.ProcessId)) continue;
            if (!status.Protected) joining++;
            round++;
        }

        var seconds = (Environment.TickCount64 - began) / 1000.0;
        TestContext.Out.WriteLine($"{Rounds} rounds in {seconds:0.0} s, {1000 * seconds / Rounds:0} ms each; {both} of both processes, "
                                  + $"{joining} while the chain had no eligible standby");
        WaitForTwins();
        ruler.WaitFor("is protected", s => s.Protected);
        TestContext.Out.WriteLine(string.Join('\n', ruler.Status()!.Functions.Select(f => $"{f.Name}: {f.Restarts} restarts")));
        Assert.That(ruler.Status()!.Functions.Sum(f => f.Restarts), Is.GreaterThanOrEqualTo(Rounds), "every kill was a death");
        Assert.That(ruler.Status()!.Functions.Aggregate(0UL, (sum, f) => sum + f.Quarantined), Is.Zero, "no packet was to blame");
        var run = Failover.Finish();
        if ((double)run.Traffic["longestGapMs"]! <= ComparableGap)
        {
            AssertGood(run);
            return;
        }

        // An overloaded machine: everything that came in must have come out, once, right and in order all the same.
        TestContext.Out.WriteLine($"no packet came out for {run.Traffic["longestGapMs"]} ms: what has expired is not comparable\n{run.Verdict.ToJsonString()}");
        string[] faults = ["duplicates", "mismatches", "order", "records", "withheld", "lostOutputs", "lostInputs", "stateLost"];
        Assert.That(faults.Select(fault => (fault, (long)run.Verdict[fault]!)), Is.EqualTo(faults.Select(fault => (fault, 0L))));
        Assert.That((long)run.Traffic["mappingChanged"]!, Is.Zero);

        bool Kills(int process) => killed.Add(process) && Syscall.kill(process, Signum.SIGKILL) == 0;
    }
}
