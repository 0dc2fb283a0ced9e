using Holdfast.NfLib.Functions;
using NUnit.Framework;
using Frequency = System.Diagnostics.Stopwatch;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>When an idle loop sleeps, on a core that is the test's.</summary>
public sealed class WaitingTests
{
    private static readonly long Microsecond = Frequency.Frequency / 1_000_000, Millisecond = 1_000 * Microsecond;

    private long _now;
    private long _yieldTakes;
    private int _yields;

    [SetUp]
    public void Begin() => (_now, _yieldTakes, _yields) = (60_000 * Millisecond, Microsecond, 0);

    [Test]
    public void Among_friends_it_yields_for_50_µs_and_then_sleeps()
    {
        var waiting = Make();
        while (!waiting.ShouldSleep()) { }
        Assert.That(_yields, Is.EqualTo(50));
        Assert.That(waiting.ShouldSleep(), Is.True, "and again when it is woken for nothing");
        waiting.Worked();
        Assert.That(waiting.ShouldSleep(), Is.False);
    }

    [Test]
    public void A_single_gap_is_nobody()
    {
        var waiting = Make();
        Assert.That(Gap(waiting) || Gap(waiting), Is.False);
        Assert.That(waiting.Stalls, Is.EqualTo(2));
        waiting.Worked();
        Assert.That(waiting.ShouldSleep(), Is.False);
    }

    [Test]
    public void Beside_a_stranger_it_sleeps_at_once_and_ever_longer_while_that_stays()
    {
        var waiting = Make();
        for (var truce = 20 * Millisecond; truce < 2_000 * Millisecond; truce *= 2)
        {
            while (!Gap(waiting)) { }
            waiting.Worked();
            var yields = _yields;
            _now += Math.Min(truce, 1_000 * Millisecond) - Microsecond;
            Assert.That(waiting.ShouldSleep(), Is.True, $"{truce / Millisecond} ms");
            Assert.That(_yields, Is.EqualTo(yields));
            _now += 2 * Microsecond;
            waiting.Worked();
        }

        // It has gone: nothing is left of the truce after a while of good yields.
        _now += 3_000 * Millisecond;
        for (var i = 0; i < 40; i++)
        {
            waiting.Worked();
            Assert.That(waiting.ShouldSleep(), Is.False);
        }

        Assert.That(Gap(waiting), Is.False);
    }

    [TestCase(WaitStrategy.Poll, ExpectedResult = false)]
    [TestCase(WaitStrategy.Sleep, ExpectedResult = true)]
    public bool The_other_strategies_never_yield(WaitStrategy strategy)
    {
        var waiting = Make(strategy);
        var sleeps = waiting.ShouldSleep();
        Assert.That(_yields, Is.Zero);
        return sleeps;
    }

    private Waiting Make(WaitStrategy strategy = WaitStrategy.Yield) => new(strategy, () => _now, () =>
    {
        _yields++;
        _now += _yieldTakes;
    });

    /// <summary>A yield that somebody else uses.</summary>
    /// <returns>Whether the loop is to sleep.</returns>
    private bool Gap(Waiting waiting)
    {
        waiting.Worked();
        _yieldTakes = 3 * Millisecond;
        var sleeps = waiting.ShouldSleep();
        _yieldTakes = Microsecond;
        return sleeps;
    }
}
