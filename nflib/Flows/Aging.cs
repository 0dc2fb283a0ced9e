using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Flows;

/// <summary>
/// Decides by the packets' time when an entry has been idle too long, so that the answer does not depend on the order
/// in which the two directions meet in the NF.
/// </summary>
/// <remarks>
/// Entries store when they were last used in coarse steps: a busy flow then changes its line once a step, not once a
/// packet, and the later of two steps is the same whichever packet came first. Whether an entry still counts is
/// decided at each packet's own time. It is removed only a grace later, on a tick or a packet from the left: by then no
/// packet from the right for which it still counted can be on its way in the chain.
/// </remarks>
public sealed class Aging
{
    /// <summary>Longer than a packet is ever on its way inside a chain, one recovery included.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private const long NanosecondsPerTick = 100;

    private readonly Counter _lastSearch;

    /// <param name="state">Declares one counter, when the table was last searched.</param>
    /// <param name="name">The counter's name.</param>
    /// <param name="shortest">The shortest time-out in use; a step is an eighth of it, from 1 ms to 1 s.</param>
    public Aging(StateDeclaration state, string name, TimeSpan shortest)
    {
        _lastSearch = state.Counter(name);
        Step = Math.Clamp(Nanoseconds(shortest) / 8, 1_000_000, 1_000_000_000);
    }

    /// <summary>The step of stored times, in nanoseconds.</summary>
    public long Step { get; }

    /// <summary>A time as entries store it: rounded down to a step.</summary>
    public long Stamp(long time) => time - time % Step;

    /// <summary>Whether a packet at <paramref name="time"/> must move an entry's stamp forward. Never back: the other
    /// direction may be ahead.</summary>
    public bool IsStale(long stamp, long time) => time - stamp >= Step;

    /// <summary>Whether an entry no longer counts for a packet at <paramref name="time"/>: idle for the whole time-out,
    /// and up to a step more.</summary>
    public bool IsIdle(long stamp, long time, TimeSpan timeout) => time - stamp >= Nanoseconds(timeout) + Step;

    /// <summary>When an idle entry is to be removed; a whole step.</summary>
    public long RemovalTime(long stamp, TimeSpan timeout) => Stamp(stamp + Nanoseconds(timeout + Grace) + 2 * Step - 1);

    /// <summary>Whether the table is to be searched for entries to remove; true once a step.</summary>
    public bool IsSearchDue(long time)
    {
        if (time - (long)_lastSearch.Value < Step) return false;
        _lastSearch.Set((ulong)Stamp(time));
        return true;
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * NanosecondsPerTick;
}
