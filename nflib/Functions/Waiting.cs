using System.Diagnostics;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Functions;

/// <summary>What a loop does when it has nothing to do.</summary>
public enum WaitStrategy
{
    /// <summary>Yield for about 20 µs, then sleep; sleep at once while something else competes for the core.</summary>
    Yield,

    /// <summary>Never sleep: a core for each loop.</summary>
    Poll,

    /// <summary>Sleep at once.</summary>
    Sleep,
}

/// <summary>
/// Decides when an idle loop should sleep. Yielding is good only among friends: beside a busy stranger every second
/// yield costs a time slice, so a loop that sees such gaps sleeps at once for the next second.
/// </summary>
public sealed class Waiting(WaitStrategy strategy)
{
    private static readonly long YieldTicks = Stopwatch.Frequency / 50_000, // 20 µs
        GapTicks = Stopwatch.Frequency / 1_000,
        TruceTicks = Stopwatch.Frequency;

    private long _idleSince, _sleepAtOnceUntil;

    /// <summary>Yields that took over a millisecond.</summary>
    public ulong Stalls { get; private set; }

    /// <summary>The loop found work.</summary>
    public void Worked() => _idleSince = 0;

    /// <summary>The loop found none; yields if there is still time for that.</summary>
    /// <returns>Whether the loop should sleep now.</returns>
    public bool ShouldSleep()
    {
        if (strategy == WaitStrategy.Poll)
        {
            Thread.SpinWait(8);
            return false;
        }

        if (strategy == WaitStrategy.Sleep) return true;
        var now = Stopwatch.GetTimestamp();
        if (_idleSince == 0) _idleSince = now;
        if (now - _idleSince >= YieldTicks || now < _sleepAtOnceUntil) return true;
        _ = Libc.SchedYield();
        var after = Stopwatch.GetTimestamp();
        if (after - now < GapTicks) return false;
        Stalls++;
        _sleepAtOnceUntil = after + TruceTicks;
        return true;
    }
}
