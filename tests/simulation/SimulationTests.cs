using Holdfast.NfLib.Memory;
using NUnit.Framework;

namespace Holdfast.Simulation;

/// <summary>Whole clusters of production code under faults from a seed, against the invariants of the protocol.</summary>
public sealed class SimulationTests
{
    /// <summary>Other tests run beside this one, and their failure detectors by the clock.</summary>
    [OneTimeSetUp]
    public void BeModest() => _ = Libc.SetPriority(0, 0, 10);

    [Test]
    public void No_invariant_breaks_under_faults([Range(1, 60)] int seed) => Check(seed);

    /// <summary>Seeds that have found something: a ruler that was blamed for what aged while the network was dead; a denial of an earlier
    /// question that hid the grant after it; a ruler that died before it had named its heir to an arbiter's new disk, and a grant that
    /// was lost with the old one.</summary>
    [TestCase(3846484)]
    [TestCase(233868136)]
    [TestCase(325692940)]
    [TestCase(354993106)]
    public void What_was_found_stays_mended(int seed) => Check(seed);

    /// <summary>As many as fit: HOLDFAST_SIM_SECONDS says how long (90).</summary>
    [Test]
    public void No_invariant_breaks_with_fresh_seeds()
    {
        var seconds = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_SIM_SECONDS"), out var told) ? told : 90;
        var end = Environment.TickCount64 + seconds * 1000L;
        var first = Random.Shared.Next(1_000_000, int.MaxValue / 2);
        var (runs, steps) = (0, 0L);
        for (; Environment.TickCount64 < end; runs++) steps += Check(first + runs).Steps;
        TestContext.Out.WriteLine($"{runs} seeds from {first}, {steps:N0} protocol steps in {seconds} s");
    }

    [Test]
    public void The_same_seed_gives_the_same_run()
    {
        var transcript = SimRun.Of(7).Transcript;
        Assert.That(SimRun.Of(7).Transcript, Is.EqualTo(transcript));
        Assert.That(transcript, Is.Not.Empty);
    }

    [Test]
    public void Without_faults_everything_is_released_and_nothing_is_lost([Values(4, 8)] int seed)
    {
        var run = SimRun.Of(seed, faults: []);
        Assert.That(run.Violation, Is.Null, run.Transcript);
        Assert.That(run.Released, Is.GreaterThan(1_000));
        Assert.That(run.Takeovers + run.StatesLost, Is.Zero);
    }

    /// <summary>The test of the tests: each broken variant must be found.</summary>
    [TestCaseSource(nameof(Controls))]
    public void A_known_bad_variant_is_found(object control)
    {
        var found = ((Control)control).Find(out var steps);
        Assert.That(found, Is.Not.Null, $"no violation in {steps:N0} steps");
        TestContext.Out.WriteLine($"seed {found!.Seed}, {steps:N0} steps: {found.Violation}");
    }

    /// <summary>A shorter list of faults shows the same.</summary>
    [Test]
    public void A_failure_is_told_with_as_few_faults_as_can_be_found()
    {
        var control = Control.All[0];
        var found = control.Find(out _)!;
        var shortest = found.Shortest(control.KnownBad);
        Assert.That(shortest.Faults, Has.Count.LessThan(found.Faults.Count));
        Assert.That(shortest.Violation, Does.StartWith(found.Violation![..11]));
    }

    private static IEnumerable<TestCaseData> Controls() => Control.All.Select(control => new TestCaseData(control).SetArgDisplayNames(control.Name));

    private static SimRun Check(int seed)
    {
        var run = SimRun.Of(seed);
        if (run.Violation is not null)
        {
            run = run.Shortest();
            Assert.Fail($"seed {seed}: {run.Violation}; replay with scripts/simulate.sh --seed {seed}\n{run.Transcript}");
        }

        return run;
    }
}
