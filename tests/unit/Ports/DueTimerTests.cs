using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Ports.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Ports;

public sealed class DueTimerTests
{
    private static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    [Test]
    public void It_goes_off_when_it_is_time_and_again_when_it_is_set_again()
    {
        using var timer = new DueTimer();
        for (var i = 0; i < 3; i++)
        {
            var due = Now + 5_000_000;
            timer.Set(due);
            Assert.That(IsReadable(timer, 0), Is.False, "not yet");
            Assert.That(IsReadable(timer, 10_000), Is.True);
            Assert.That(Now, Is.GreaterThanOrEqualTo(due));
        }
    }

    [Test]
    public void What_is_past_is_due_at_once()
    {
        using var timer = new DueTimer();
        timer.Set(0);
        Assert.That(IsReadable(timer, 10_000), Is.True);
    }

    [Test]
    public void It_can_be_called_off()
    {
        using var timer = new DueTimer();
        timer.Set(1);
        timer.Set(long.MaxValue);
        Assert.That(IsReadable(timer, 20), Is.False);
    }

    private static unsafe bool IsReadable(DueTimer timer, int milliseconds)
    {
        var fds = stackalloc Libc.PollFd[1];
        fds[0] = new Libc.PollFd { Fd = timer.Fd, Events = Libc.POLLIN };
        var patience = new Libc.TimeSpec { Seconds = milliseconds / 1000, Nanoseconds = milliseconds % 1000 * 1_000_000L };
        return Libc.PPoll(fds, 1, &patience, null) == 1; // safe: both are locals that outlive the call
    }
}
