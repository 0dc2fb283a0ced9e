using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Supervision;

/// <summary>A time-out of 100 ms, looked at every 10 ms as the supervisor does it.</summary>
public sealed class HangWatchTests
{
    private const long Ms = 1_000_000;

    private readonly record struct Found(long At, string? Why);

    private HangWatch _watch = null!;
    private long _now;

    [SetUp]
    public void MakeWatch()
    {
        _watch = new HangWatch(TimeSpan.FromMilliseconds(100));
        _now = 1_000_000 * Ms;
    }

    [Test]
    public void Who_beats_is_fine_whatever_the_kernel_says()
    {
        for (ulong beat = 0; beat < 1000; beat++, _now += 10 * Ms) Assert.That(_watch.Beats(_now, beat, 1), Is.True);
        Assert.That(_watch.Stalls, Is.Zero);
    }

    [Test]
    public void A_stopped_thread_hangs_when_the_time_is_up_and_not_before()
    {
        var found = Silence('T', _ => 0);
        Assert.That(found.At, Is.InRange(100, 120));
        Assert.That(found.Why, Does.Contain("stopped"));
        Assert.That(_watch.Stalls, Is.Zero);
    }

    [Test]
    public void A_busy_loop_hangs_when_the_time_is_up()
    {
        var found = Silence('R', silent => silent);
        Assert.That(found.At, Is.InRange(100, 120));
        Assert.That(found.Why, Does.Contain("loop"));
    }

    [Test]
    public void A_busy_loop_that_shares_its_processor_with_a_hog_is_found_when_it_has_had_its_time()
    {
        var found = Silence('R', silent => silent / 2);
        Assert.That(found.At, Is.InRange(190, 240));
        Assert.That(_watch.Stalls, Is.EqualTo(1), "until then it could not be told from a descheduled one");
    }

    [Test]
    public void A_descheduled_thread_is_stalled_and_is_waited_for()
    {
        var found = Silence('R', silent => silent / 50, until: 1_900);
        Assert.That(found.Why, Is.Null);
        Assert.That(_watch.Stalls, Is.EqualTo(1), "one silence, one stall");
        Assert.That(_watch.Beats(_now, 2, 1), Is.True);
        Assert.That(Silence('R', silent => silent / 50, until: 1_900).Why, Is.Null);
        Assert.That(_watch.Stalls, Is.EqualTo(2));
    }

    [Test]
    public void A_thread_that_never_gets_a_processor_is_given_up_in_the_end()
    {
        var found = Silence('R', _ => 0);
        Assert.That(found.At, Is.InRange(2_000, 2_020));
        Assert.That(found.Why, Does.Contain("no processor"));
    }

    [TestCase('S')]
    [TestCase('D')]
    public void A_thread_that_waits_for_something_hangs(char state)
    {
        var found = Silence(state, _ => 0);
        Assert.That(found.At, Is.InRange(100, 120));
        Assert.That(found.Why, Does.Contain("waits"));
    }

    [Test]
    public void A_garbage_collection_is_waited_for_but_not_for_ever()
    {
        Assert.That(Silence('S', _ => 0, others: silent => silent, until: 900).Why, Is.Null);
        Assert.That(_watch.Stalls, Is.EqualTo(1));
        Assert.That(_watch.Beats(_now, 2, 1), Is.True);
        Assert.That(Silence('S', _ => 0, others: silent => silent).At, Is.InRange(1_000, 1_020));
    }

    [Test]
    public void A_thread_that_waits_after_a_collection_has_the_time_out_from_its_end()
    {
        var found = Silence('S', _ => 0, others: silent => Math.Min(silent, 300));
        Assert.That(found.At, Is.InRange(390, 430));
    }

    [Test]
    public void A_dead_thread_does_not_hang() => Assert.That(Silence('Z', _ => 0, until: 5_000).Why, Is.Null);

    [Test]
    public void What_passed_while_nfmgr_itself_did_not_run_does_not_count()
    {
        _watch.Beats(_now, 1, 1);
        for (var i = 0; i < 20; i++)
        {
            _now += 5_000 * Ms; // this watch was paused: each time is a new beginning
            Assert.That(_watch.Beats(_now, 1, 1), Is.True);
        }

        Assert.That(Silence('T', _ => 0).At, Is.InRange(100, 120));
    }

    [Test]
    public void A_successor_begins_anew()
    {
        Assert.That(Silence('T', _ => 0, until: 90).Why, Is.Null);
        Assert.That(_watch.Beats(_now, 1, generation: 2), Is.True);
        Assert.That(_watch.IsSilent, Is.False);
    }

    [Test]
    public void Silence_is_noticed_long_before_the_time_is_up()
    {
        Assert.That(Silence('S', _ => 0, until: 40).Why, Is.Null);
        Assert.That(_watch.IsSilent, Is.True);
    }

    /// <summary>Looks every 10 ms at one that beat last now; <paramref name="used"/> and <paramref name="others"/> are
    /// processor times in ms after so many ms of silence.</summary>
    /// <returns>After how many ms it was found to hang, and why.</returns>
    private Found Silence(char state, Func<long, long> used, Func<long, long>? others = null, long until = 60_000)
    {
        var began = _now;
        _watch.Beats(_now, 1, 1);
        while ((_now - began) / Ms < until)
        {
            _now += 10 * Ms;
            var silent = (_now - began) / Ms;
            if (_watch.Beats(_now, 1, 1)) return new Found(silent, "it restarted the span");
            var own = used(silent) * Ms;
            var verdict = _watch.Judge(_now, new ThreadLook(state, own, own + (others?.Invoke(silent) ?? 0) * Ms));
            if (verdict.Why is { } why) return new Found(silent, why);
        }

        return new Found(-1, null);
    }
}
