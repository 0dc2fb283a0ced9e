using System.Diagnostics;
using System.Numerics;
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
/// yield costs a time slice, so a loop that sees that again and again sleeps at once for the next second. Single gaps
/// come by themselves: the machine under a virtual machine, or the kernel's own work.
/// </summary>
public sealed class Waiting(WaitStrategy strategy)
{
    private static readonly long YieldTicks = Stopwatch.Frequency / 1_000_000 * (int.TryParse(Environment.GetEnvironmentVariable("HF_YIELD"), out var y) ? y : 20),
        GapTicks = Stopwatch.Frequency / 1_000,
        FirstTruce = Stopwatch.Frequency / 50,
        LongestTruce = Stopwatch.Frequency;

    private const int GapsOfStranger = 3;

    private long _idleSince, _sleepAtOnceUntil, _truce = FirstTruce;
    private uint _recentGaps; // of the last 32 yields, a bit each

    /// <summary>Yields that took over a millisecond.</summary>
    public ulong Stalls { get; private set; }

    private static readonly int Turn = int.TryParse(Environment.GetEnvironmentVariable("HF_TURN"), out var t) ? t : 256;
    private int _turn;

    /// <summary>The loop found work.</summary>
    public void Worked(int work)
    {
        _idleSince = 0;
        if (strategy != WaitStrategy.Yield || (_turn += work) < Turn) return;
        _turn = 0;
        var now = Stopwatch.GetTimestamp();
        if (now >= _sleepAtOnceUntil) Yield(now);
    }

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
        return Yield(now);
    }

    /// <returns>Whether a stranger is on this core.</returns>
    private bool Yield(long now)
    {
        _turn = 0;
        _ = Libc.SchedYield();
        var after = Stopwatch.GetTimestamp();
        _recentGaps <<= 1;
        if (after - now < GapTicks) return false;
        Stalls++;
        _recentGaps |= 1;
        if (BitOperations.PopCount(_recentGaps) < GapsOfStranger) return false;
        // One that is still there when the truce ends shows at the first gap, as the others are not forgotten.
        _truce = after - _sleepAtOnceUntil < _truce ? Math.Min(2 * _truce, LongestTruce) : FirstTruce;
        _sleepAtOnceUntil = after + _truce;
        return true;
    }
}
