using Holdfast.NfLib.Functions;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;
using NUnit.Framework;

namespace Holdfast.Tests.Simulation;

/// <summary>Whole clusters of production code under faults from a seed, against the invariants of the protocol.</summary>
public sealed class SimulationTests
{
    private const int Steps = 30_000;

    [Test]
    public void No_invariant_breaks_under_faults([Range(1, 24)] int seed) => Check(seed);

    [Test]
    public void No_invariant_breaks_under_faults_of_a_fresh_seed([Values(1, 2, 3, 4)] int _) =>
        Check(Random.Shared.Next(1_000, int.MaxValue));

    /// <summary>More of them: HOLDFAST_SIM_SEEDS says how many (400), HOLDFAST_SIM_FIRST the first (100).</summary>
    [Test]
    public void No_invariant_breaks_in_many_runs()
    {
        var first = Told("HOLDFAST_SIM_FIRST", 100);
        for (var run = 0; run < Told("HOLDFAST_SIM_SEEDS", 400); run++) Check(first + run);

        static int Told(string name, int otherwise) =>
            int.TryParse(Environment.GetEnvironmentVariable(name), out var told) ? told : otherwise;
    }

    [Test]
    public void The_same_seed_gives_the_same_run()
    {
        using var one = new SimWorld(7);
        using var two = new SimWorld(7);
        Run(one);
        Run(two);
        Assert.That(two.Transcript, Is.EqualTo(one.Transcript));
        Assert.That(one.Transcript, Is.Not.Empty);
    }

    [Test]
    public void Without_faults_everything_is_released_and_nothing_is_lost()
    {
        using var world = new SimWorld(3);
        world.A.Start();
        world.B.Start();
        world.Run(40_000, faults: false);
        Assert.That(world.Settle(), Is.True, world.Transcript);
        Assert.That(world.Model.Violations, Is.Empty, world.Transcript);
        Assert.That(world.Model.ReleasedCount, Is.GreaterThan(1_000));
        Assert.That(world.Takeovers + world.StatesLost, Is.Zero);
    }

    private static IEnumerable<TestCaseData> KnownBads()
    {
        yield return Case(1, new KnownBad(KnownBadProtocol.ReleaseBeforePrepared, default, default), "release before prepared");
        yield return Case(5, new KnownBad(KnownBadProtocol.EligibleTooEarly, default, default), "eligible too early");
        yield return Case(2, new KnownBad(default, default, KnownBadRoot.ClockWithoutLeap), "clock goes on without a leap");
        yield return Case(3, new KnownBad(default, KnownBadLoop.CaptureAfterOneBarrier, default), "capture after one barrier");
        yield return Case(4, new KnownBad(KnownBadProtocol.GapAfterReconnect, default, default), "gap after reconnecting");
        yield return Case(5, new KnownBad(KnownBadProtocol.AloneAfterSilence, default, default), "alone after silence");
        yield return Case(6, new KnownBad(default, KnownBadLoop.KeepDropped, default), "dropped packets are kept");

        yield return Case(4, new KnownBad(default, KnownBadLoop.KeepHalfBatches, default), "a dead NF's half batch is kept");

        static TestCaseData Case(int invariant, KnownBad knownBad, string name) =>
            new TestCaseData(invariant, knownBad).SetArgDisplayNames(name);
    }

    /// <summary>The test of the tests: each broken variant must be found.</summary>
    [TestCaseSource(nameof(KnownBads))]
    public void A_known_bad_variant_is_caught(int invariant, object knownBad)
    {
        for (var seed = 1; seed <= 500; seed++)
        {
            using var world = new SimWorld(seed, (KnownBad)knownBad, invariant);
            if (!Run(world) && world.Model.Violations.Count == 0) world.Model.Violate(6, $"not drained: {world.A.Leak}");
            if (world.Model.Violations.Count > 0) Assert.Pass($"caught with seed {seed}: {world.Model.Violations[0]}");
        }

        Assert.Fail($"no seed showed a violation of invariant {invariant}");
    }

    private static void Check(int seed)
    {
        using var world = new SimWorld(seed);
        var settled = Run(world);
        Assert.That(world.Model.Violations, Is.Empty, $"seed {seed}\n{world.Transcript}");
        Assert.That(settled, Is.True,
            $"seed {seed}: not drained and protected after all faults ended; {world.A.Leak}; {world.B.Leak}\n{world.Transcript}");
        TestContext.Out.WriteLine($"seed {seed}: {world.Steps} steps, {world.Faults} faults, {world.FunctionDeaths} NFs died in a batch, {world.Takeovers} takeovers, "
                                  + $"{world.StatesLost} states lost, {world.Model.ReleasedCount} released");
    }

    private static bool Run(SimWorld world)
    {
        world.A.Start();
        world.B.Start();
        world.Run(Steps, faults: true);
        return world.Model.Violations.Count == 0 && world.Settle();
    }
}
