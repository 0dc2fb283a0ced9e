using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Supervision;

public sealed class RestartBudgetTests
{
    private const long Second = 1_000_000_000;

    [Test]
    public void Who_gets_something_done_between_deaths_is_started_again_at_once()
    {
        var budget = new RestartBudget(deathsPerMinute: 1000);
        for (var death = 0; death < 500; death++)
            Assert.That(budget.Died(death * Second / 100, progressed: true), Is.EqualTo(RestartDecision.Restart(TimeSpan.Zero)));
    }

    [Test]
    public void Without_progress_the_pauses_double_and_the_fifth_death_is_the_last()
    {
        var budget = new RestartBudget(20);
        var pauses = Enumerable.Range(0, 4).Select(i => budget.Died(i * Second, false)).ToList();
        Assert.That(pauses.Select(p => p.Pause.TotalMilliseconds), Is.EqualTo(new double[] { 0, 50, 100, 200 }));
        Assert.That(pauses.Select(p => p.GivenUp), Is.All.Null);
        Assert.That(budget.Died(5 * Second, false).GivenUp, Does.Contain("5 times in a row"));
    }

    [Test]
    public void Progress_begins_the_count_anew()
    {
        var budget = new RestartBudget(100);
        for (var round = 0; round < 10; round++)
        {
            for (var death = 0; death < 4; death++) Assert.That(budget.Died(round * Second, false).GivenUp, Is.Null);
            Assert.That(budget.Died(round * Second, true).GivenUp, Is.Null);
        }
    }

    [Test]
    public void More_deaths_than_allowed_within_a_minute_are_the_end_and_old_ones_are_forgotten()
    {
        var budget = new RestartBudget(3);
        for (var i = 0; i < 3; i++) Assert.That(budget.Died(i * Second, true).GivenUp, Is.Null);
        Assert.That(budget.Died(60 * Second, true).GivenUp, Is.Null, "the first is a minute old");
        Assert.That(budget.Died(60 * Second + 1, true).GivenUp, Does.Contain("deathsPerMinute is 3"));
    }

    [Test]
    public void A_twin_that_does_not_come_up_is_tried_ever_more_slowly_and_for_ever()
    {
        var budget = new RestartBudget(3);
        var last = TimeSpan.Zero;
        for (var i = 0; i < 100; i++)
        {
            var decision = budget.StartFailed(i * Second);
            Assert.That(decision.GivenUp, Is.Null);
            Assert.That(decision.Pause, Is.GreaterThanOrEqualTo(last).And.LessThanOrEqualTo(TimeSpan.FromSeconds(5)));
            last = decision.Pause;
        }

        Assert.That(last, Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(budget.StartFailed(200 * Second).Pause, Is.EqualTo(TimeSpan.Zero), "after a calm time it is a new story");
    }

    [Test]
    public void The_operators_word_forgets_everything()
    {
        var budget = new RestartBudget(20);
        for (var i = 0; i < 4; i++) budget.Died(i, false);
        budget.Reset();
        Assert.That(budget.Died(5, false), Is.EqualTo(RestartDecision.Restart(TimeSpan.Zero)));
    }
}
