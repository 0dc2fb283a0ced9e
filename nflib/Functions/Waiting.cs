using System.Diagnostics;
using System.Numerics;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Functions;

/// <summary>What a loop does when it has nothing to do.</summary>
public enum WaitStrategy
{
    /// <summary>Yield for about 50 µs, then sleep; sleep at once while something else competes for the core.</summary>
    Yield,

    /// <summary>Never sleep: a core for each loop.</summary>
    Poll,

    /// <summary>Sleep at once.</summary>
    Sleep,
}

/// <summary>
/// Decides when an idle loop should sleep. Being woken costs a sleeper and its waker more than 50 µs of looking again, when
/// the core has to be fetched from its rest. But yielding is good only among friends: beside a busy stranger every second
/// yield costs a time slice, so a loop that sees that again and again sleeps at once for a while. Single gaps come by
/// themselves: from what is under a virtual machine, or the kernel's own work.
/// </summary>
public sealed class Waiting
{
    private const int GapsOfStranger = 3;

    private static readonly long Patience = Stopwatch.Frequency / 20_000, // 50 µs
        Gap = Stopwatch.Frequency / 1_000,
        FirstTruce = Stopwatch.Frequency / 50,
        LongestTruce = Stopwatch.Frequency;

    private readonly WaitStrategy _strategy;
    private readonly Func<long> _clock;
    private readonly Action _yield;
    private long _idleSince, _sleepAtOnceUntil, _truce = FirstTruce;
    private uint _recentGaps; // of the last 32 yields, a bit each

    public Waiting(WaitStrategy strategy) : this(strategy, Stopwatch.GetTimestamp, () => _ = Libc.SchedYield()) { }

    internal Waiting(WaitStrategy strategy, Func<long> clock, Action yield) => (_strategy, _clock, _yield) = (strategy, clock, yield);

    /// <summary>Yields that took over a millisecond.</summary>
    public ulong Stalls { get; private set; }

    /// <summary>The loop found work.</summary>
    public void Worked() => _idleSince = 0;

    /// <summary>The loop found none; yields if there is still time for that.</summary>
    /// <returns>Whether the loop should sleep now.</returns>
    public bool ShouldSleep()
    {
        if (_strategy == WaitStrategy.Poll)
        {
            Thread.SpinWait(8);
            return false;
        }

        if (_strategy == WaitStrategy.Sleep) return true;
        var now = _clock();
        if (_idleSince == 0) _idleSince = now;
        if (now - _idleSince >= Patience || now < _sleepAtOnceUntil) return true;
        _yield();
        var after = _clock();
        _recentGaps <<= 1;
        if (after - now < Gap) return false;
        Stalls++;
        _recentGaps |= 1;
        if (BitOperations.PopCount(_recentGaps) < GapsOfStranger) return false;
        // The gaps are not forgotten: a stranger that is still there when the truce ends shows at the first one.
        _truce = after - _sleepAtOnceUntil < _truce ? Math.Min(2 * _truce, LongestTruce) : FirstTruce;
        _sleepAtOnceUntil = after + _truce;
        return true;
    }
}
