using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Supervision;

public sealed class ThreadTimesTests
{
    [Test]
    public void A_busy_thread_of_this_process_is_seen_to_run()
    {
        var before = ThreadTimes.Of(Environment.ProcessId, thread: 0)!.Value;
        var until = Environment.TickCount64 + 200;
        while (Environment.TickCount64 < until) { }
        var after = ThreadTimes.Of(Environment.ProcessId, thread: 0)!.Value;
        Assert.That(after.ProcessTime - before.ProcessTime, Is.GreaterThan(20_000_000));
        Assert.That(after.State, Is.AnyOf('R', 'S', 'D'));
    }

    [Test]
    public void A_thread_of_another_process_stands_for_the_first()
    {
        var look = ThreadTimes.Of(Environment.ProcessId, thread: 1);
        Assert.That(look, Is.Not.Null);
        Assert.That(look!.Value.ThreadTime, Is.EqualTo(look.Value.ProcessTime));
    }

    [Test]
    public void A_process_that_is_gone_is_nothing() => Assert.That(ThreadTimes.Of(int.MaxValue, 1), Is.Null);

    [TestCase("1 (a) R 1 1 1 0 -1 0 0 0 0 0 7 3 0 0", 'R', 100)]
    [TestCase("1 (a) S) (b c) S 1 1 1 0 -1 0 0 0 0 0 0 1 0 0\n", 'S', 10)]
    [TestCase("1 (a) t 1 1 1 0 -1 0 0 0 0 0 2 2", 't', 40)]
    public void A_line_is_parsed_whatever_the_process_calls_itself(string line, char state, long milliseconds)
    {
        var parsed = ThreadTimes.Parse(System.Text.Encoding.UTF8.GetBytes(line))!.Value;
        Assert.That(parsed, Is.EqualTo((state, milliseconds * 1_000_000)));
    }

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("1 (a)")]
    [TestCase("1 (a) R 1 1 1")]
    [TestCase("1 (a) R 1 1 1 0 -1 0 0 0 0 0 x y 0 0")]
    public void What_is_no_such_line_is_nothing(string line) =>
        Assert.That(ThreadTimes.Parse(System.Text.Encoding.UTF8.GetBytes(line)), Is.Null);
}
