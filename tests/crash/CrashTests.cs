using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.CrashTests;

/// <summary>
/// An NF dies at every named step of batch commit and capture, each in turn, and its successor dies again at every step of
/// its recovery (invariant 7): everything comes out as if nobody had died.
/// </summary>
[NonParallelizable] // the fault points are the assembly's
public sealed class CrashTests
{
    private static readonly string[] Names = ["monitor", "firewall", "nat"];

    private static readonly FaultStep[] OfRecovery =
        [FaultStep.None, FaultStep.TookOver, FaultStep.LineRestored, FaultStep.HeaderRestored, FaultStep.Undone, FaultStep.AttemptCounted, FaultStep.Recovered];

    /// <summary>Only the NAT rewrites packets.</summary>
    private static readonly FaultStep[] OfRewriting = [FaultStep.MetadataCopied, FaultStep.HeaderCopied, FaultStep.HeaderCounted];

    private List<Step> _steps = [];
    private Outcome _expected = null!;

    public static IEnumerable<TestCaseData> Cases =>
        from function in Enumerable.Range(0, CrashChain.Functions)
        from step in Enum.GetValues<FaultStep>().Except(OfRecovery)
        where function == 2 || !OfRewriting.Contains(step)
        select new TestCaseData(function, (int)step).SetArgDisplayNames(Names[function], step.ToString());

    [OneTimeSetUp]
    public void RunWithoutDeaths()
    {
        FaultPoint.OnReach = null;
        using var chain = new CrashChain();
        var outputs = new List<(Direction, byte[])>();
        _steps = Traffic.Record(step =>
        {
            var some = chain.Run(step).ToList();
            outputs.AddRange(some);
            return some;
        });
        _expected = Outcome.Of(chain, outputs);
        Assert.That(outputs, Has.Count.GreaterThan(300), "hardly anything came out");
    }

    [TearDown]
    public void Disarm() => FaultPoint.OnReach = null;

    [TestCaseSource(nameof(Cases))]
    public void A_death_at_any_step_changes_nothing(int function, int step)
    {
        var reached = Reached(function, (FaultStep)step);
        Assert.That(reached, Is.Positive, "this step is never reached: nothing is tested");
        // Maps have random seeds, so that some lines more or less are changed in each run.
        var last = reached - reached / 8;
        foreach (var occurrence in new[] { 1, 2, 1 + reached / 3, 1 + reached / 2, last }.Distinct().Where(n => n <= last))
        {
            var recovery = Crash(function, (FaultStep)step, occurrence, secondAt: 0);
            // And some steps of going on.
            for (var second = 1; second <= recovery + 12; second++) Crash(function, (FaultStep)step, occurrence, second);
        }
    }

    [Test]
    public void Deaths_again_and_again_change_nothing([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        int running = -1, until = random.Next(300);
        using var chain = new CrashChain { Running = function => running = function };
        FaultPoint.OnReach = _ =>
        {
            // Not when a packet is alone under suspicion: it is innocent, and would be taken out (see the poison tests).
            if (running < 0 || --until > 0 || chain.IsSplit(running)) return;
            until = random.Next(250, 700);
            throw new Death();
        };
        AssertAsExpected(chain, chain.Run);
        Assert.That(chain.Deaths, Is.GreaterThan(10));
    }

    private int Reached(int function, FaultStep step)
    {
        int running = -1, reached = 0;
        using var chain = new CrashChain { Running = f => running = f };
        FaultPoint.OnReach = at => reached += running == function && at == step ? 1 : 0;
        foreach (var one in _steps) chain.Run(one);
        return reached;
    }

    /// <summary>Runs everything with a death at a step, and one at the n-th step after that.</summary>
    /// <returns>Steps of the recovery.</returns>
    private int Crash(int function, FaultStep step, int occurrence, int secondAt)
    {
        int running = -1, reached = 0, after = 0, recovery = 0;
        using var chain = new CrashChain { Running = f => running = f };
        FaultPoint.OnReach = at =>
        {
            if (running != function) return;
            if (reached < occurrence)
            {
                if (at == step && ++reached == occurrence) throw new Death();
                return;
            }

            after++;
            if (at == FaultStep.Recovered && recovery == 0) recovery = after;
            if (after == secondAt) throw new Death();
        };
        AssertAsExpected(chain, chain.Run, $"{step} for the {occurrence}th time, then {secondAt} steps on");
        Assert.That(chain.Deaths, Is.EqualTo(secondAt == 0 || after < secondAt ? 1 : 2));
        return recovery;
    }

    private void AssertAsExpected(CrashChain chain, Func<Step, IEnumerable<(Direction, byte[])>> run, string what = "")
    {
        var outcome = Outcome.Of(chain, [.. _steps.SelectMany(run)]);
        if (outcome.Equals(_expected)) return;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(outcome.ToRight, Is.EqualTo(_expected.ToRight), $"outputs to the right, {what}");
            Assert.That(outcome.ToLeft, Is.EqualTo(_expected.ToLeft), $"outputs to the left, {what}");
            Assert.That(outcome.State, Is.EqualTo(_expected.State), $"state, {what}");
            Assert.That(outcome.Cuts, Is.EqualTo(_expected.Cuts), $"what checkpoints hold, {what}");
            Assert.That(outcome.Counts, Is.EqualTo(_expected.Counts), $"statistics, {what}");
            Assert.That(outcome.AllBuffers, $"buffers are missing, {what}");
        }
    }

    /// <summary>Everything that a run leads to.</summary>
    private sealed record Outcome(string ToRight, string ToLeft, string State, string Cuts, string Counts, bool AllBuffers)
    {
        public static Outcome Of(CrashChain chain, List<(Direction Direction, byte[] Frame)> outputs)
        {
            string Frames(Direction direction) =>
                string.Join('\n', outputs.Where(o => o.Direction == direction).Select(o => Convert.ToHexString(o.Frame)));
            var functions = Enumerable.Range(0, CrashChain.Functions).ToArray();
            return new Outcome(Frames(Direction.LeftToRight), Frames(Direction.RightToLeft),
                string.Join('\n', functions.SelectMany(f => StateContent.Describe(chain.Block(f).Data))), string.Join("\n\n", chain.Cuts),
                string.Join('\n', functions.Select(f => CountsOf(chain.Block(f).Statistics))), chain.HasAllBuffers);
        }

        // Not the batches: one that is tried again may be split.
        private static string CountsOf(in NfStatistics s) =>
            $"{s.PacketsLeftToRight} {s.PacketsRightToLeft} {s.Forwarded} {s.TurnedBack} {s.Ticks}: {string.Join(' ', s.Dropped[..].ToArray())}";
    }
}
