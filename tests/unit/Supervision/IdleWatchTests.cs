using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Supervision;

public sealed class IdleWatchTests
{
    private const long Ms = 1_000_000;

    [Test]
    public void Who_does_not_read_what_it_may_read_is_found_after_ten_time_outs()
    {
        var watch = new IdleWatch(TimeSpan.FromMilliseconds(100));
        Assert.That(FirstFound(watch, 0, _ => true, _ => 5), Is.InRange(1_000, 1_020));
    }

    [Test]
    public void Reading_anything_begins_anew()
    {
        var watch = new IdleWatch(TimeSpan.FromMilliseconds(100));
        Assert.That(FirstFound(watch, 0, _ => true, at => (ulong)(at / 900)), Is.EqualTo(-1));
    }

    [Test]
    public void Who_may_not_read_or_has_nothing_to_read_is_fine()
    {
        var watch = new IdleWatch(TimeSpan.FromMilliseconds(100));
        Assert.That(FirstFound(watch, 0, at => at % 900 != 0, _ => 5), Is.EqualTo(-1));
    }

    [Test]
    public void What_passed_while_nfmgr_itself_did_not_run_does_not_count()
    {
        var watch = new IdleWatch(TimeSpan.FromMilliseconds(100));
        for (var at = 0L; at < 100_000; at += 3_000) Assert.That(watch.Ignores(at * Ms, 5, true), Is.False);
    }

    private static long FirstFound(IdleWatch watch, long began, Func<long, bool> mayRead, Func<long, ulong> head)
    {
        for (var at = began; at < 10_000; at += 10)
        {
            if (watch.Ignores(at * Ms, head(at), mayRead(at))) return at;
        }

        return -1;
    }
}
