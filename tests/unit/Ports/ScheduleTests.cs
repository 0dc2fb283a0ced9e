using Holdfast.Nfmgr.Ports.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Ports;

/// <summary>When generated frames are due.</summary>
public sealed class ScheduleTests
{
    private const long Second = 1_000_000_000;

    [TestCase(1)]
    [TestCase(3)]
    [TestCase(1_000_000)]
    [TestCase(14_880_952)]
    [TestCase(GeneratorPort.MaxRate)]
    public void A_rate_is_kept(long rate)
    {
        var schedule = new Schedule();
        schedule.Set(rate, 0);
        var taken = 0L;
        // Looked at often enough that nothing is missed, for as long as it takes to see a wrong rate.
        var step = Math.Max(1, Schedule.Queue / 2 * Second / rate);
        var (end, now) = (Math.Max(step * 100, Second), 0L);
        while (now < end)
        {
            now += step;
            for (var due = schedule.Due(now); due > 0; due--, taken++) schedule.Take();
        }

        Assert.That(schedule.Missed, Is.Zero);
        Assert.That(taken, Is.EqualTo(now / (double)Second * rate).Within(1e-4 * taken + 1));
    }

    [Test]
    public void Nothing_is_due_without_a_rate()
    {
        var schedule = new Schedule();
        schedule.Set(0, 0);
        Assert.That(schedule.Due(long.MaxValue / 8192), Is.Zero);
        Assert.That(schedule.Next, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void Frames_that_nobody_takes_wait_and_keep_the_time_when_they_were_due()
    {
        var schedule = new Schedule();
        schedule.Set(1_000_000, 0);
        Assert.That(schedule.Due(10_000), Is.EqualTo(10));
        Assert.That(schedule.Take(), Is.EqualTo(1_000));
        Assert.That(schedule.Take(), Is.EqualTo(2_000));
        Assert.That(schedule.Due(10_000), Is.EqualTo(8));
        Assert.That(schedule.Next, Is.EqualTo(3_000));
    }

    [Test]
    public void What_exceeds_the_queue_is_missed_and_the_oldest_go_first()
    {
        var schedule = new Schedule();
        schedule.Set(1_000_000, 0);
        const long late = (Schedule.Queue + 100) * 1_000;
        Assert.That(schedule.Due(late), Is.EqualTo(Schedule.Queue));
        Assert.That(schedule.Missed, Is.EqualTo(100));
        Assert.That(schedule.Take(), Is.EqualTo(101_000), "the first 100 are gone");
        Assert.That(schedule.Due(late), Is.EqualTo(Schedule.Queue - 1));
        Assert.That(schedule.Missed, Is.EqualTo(100), "nothing is missed twice");
    }

    [Test]
    public void A_new_rate_begins_anew()
    {
        var schedule = new Schedule();
        schedule.Set(1_000, 0);
        schedule.Set(10, Second);
        Assert.That(schedule.Due(Second), Is.Zero);
        Assert.That(schedule.Next, Is.EqualTo(Second + Second / 10));
    }
}
