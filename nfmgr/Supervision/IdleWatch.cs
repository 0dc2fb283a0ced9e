namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// Finds an NF that beats and does not read what one of its inputs holds. Called every 10 to 20 ms per input; knows no
/// clock.
/// </summary>
/// <param name="hangTimeout">The chain's; reading may take ten times as long.</param>
internal sealed class IdleWatch(TimeSpan hangTimeout)
{
    private readonly long _timeout = 10 * (long)hangTimeout.TotalNanoseconds;
    private readonly long _gap = Math.Max(40_000_000, (long)hangTimeout.TotalNanoseconds / 2);
    private ulong _head;
    private long _since, _lastCall = long.MinValue / 2;

    /// <summary>Whether the NF has ignored the input for too long.</summary>
    /// <param name="now">Monotonic nanoseconds.</param>
    /// <param name="head">Descriptors that the NF has taken so far.</param>
    /// <param name="mayRead">Whether the input holds something and nothing keeps the NF from reading it.</param>
    public bool Ignores(long now, ulong head, bool mayRead)
    {
        var missed = now - _lastCall >= _gap;
        _lastCall = now;
        if (mayRead && head == _head && !missed) return now - _since >= _timeout;
        _head = head;
        _since = now;
        return false;
    }
}
