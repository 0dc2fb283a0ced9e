namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// How often an NF may die. One that got something done since its last death is started again at once; one that did not
/// is given more and more time, because what kills it may pass, and is given up in the end. Knows no clock.
/// </summary>
/// <param name="deathsPerMinute">Most deaths within a minute, whatever was done in between.</param>
internal sealed class RestartBudget(int deathsPerMinute)
{
    /// <summary>Deaths in a row with nothing committed in between after which the NF is given up.</summary>
    public const int MostWithoutProgress = 5;

    private const long Minute = 60_000_000_000, CalmAfter = 10_000_000_000;
    private const int FirstPause = 50, LongestPause = 5_000; // milliseconds

    private readonly Queue<long> _deaths = new();
    private int _withoutProgress, _failedStarts;
    private long _lastFailedStart = -CalmAfter;

    /// <summary>The process that owned the NF has died.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="progressed">Whether a batch was committed since the last death.</param>
    public RestartDecision Died(long now, bool progressed)
    {
        while (_deaths.TryPeek(out var first) && now - first >= Minute) _deaths.Dequeue();
        _deaths.Enqueue(now);
        _withoutProgress = progressed ? 0 : _withoutProgress + 1;
        if (_withoutProgress >= MostWithoutProgress)
            return RestartDecision.GiveUp($"it died {_withoutProgress} times in a row without getting anything done");
        if (_deaths.Count > deathsPerMinute)
            return RestartDecision.GiveUp($"it died {_deaths.Count} times within a minute (chain.deathsPerMinute is {deathsPerMinute})");
        return RestartDecision.Restart(PauseAfter(_withoutProgress));
    }

    /// <summary>A process ended that had not yet owned the NF: nobody's packets wait for it, so it is never given up.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    public RestartDecision StartFailed(long now)
    {
        _failedStarts = now - _lastFailedStart >= CalmAfter ? 1 : _failedStarts + 1;
        _lastFailedStart = now;
        return RestartDecision.Restart(PauseAfter(_failedStarts));
    }

    /// <summary>Forgets all deaths; the operator says that the cause is gone.</summary>
    public void Reset()
    {
        _deaths.Clear();
        _withoutProgress = _failedStarts = 0;
    }

    /// <summary>None after the first, then doubling.</summary>
    private static TimeSpan PauseAfter(int inARow) => inARow <= 1 ? TimeSpan.Zero
        : TimeSpan.FromMilliseconds(Math.Min(FirstPause << Math.Min(inARow - 2, 16), LongestPause));
}

/// <param name="Pause">How long to wait before the next start.</param>
/// <param name="GivenUp">Why there is to be no next start, in words; null when there is.</param>
internal readonly record struct RestartDecision(TimeSpan Pause, string? GivenUp)
{
    public static RestartDecision Restart(TimeSpan pause) => new(pause, null);

    public static RestartDecision GiveUp(string why) => new(TimeSpan.Zero, why);
}
