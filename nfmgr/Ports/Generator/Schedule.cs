namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>
/// When frames are due at a steady rate. Frames that nobody takes wait in a queue as long as a NIC's, and are missed when that
/// is full; so a receiver that stalls sees them late, and a latency counted from when they were due hides nothing.
/// </summary>
internal sealed class Schedule
{
    /// <summary>Frames that wait at most.</summary>
    public const int Queue = 4096;

    private const int FractionBits = 12; // of a nanosecond, so that the rate is exact to 10⁻⁵ at 100 million a second

    private long _interval, _next;

    /// <summary>Frames that were not taken in time.</summary>
    public ulong Missed { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <param name="rate">Frames a second; 0 for none.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void Set(long rate, long now)
    {
        _interval = rate == 0 ? 0 : Math.Max(1, (1_000_000_000L << FractionBits) / rate);
        _next = (now << FractionBits) + _interval;
    }

    /// <summary>When the next frame is due, in monotonic nanoseconds.</summary>
    public long Next => _interval == 0 ? long.MaxValue : _next >> FractionBits;

    /// <summary>Frames that are due now.</summary>
    public int Due(long now)
    {
        if (_interval == 0) return 0;
        var late = (now << FractionBits) - _next;
        if (late < 0) return 0;
        var due = late / _interval + 1;
        if (due <= Queue) return (int)due;
        var missed = due - Queue;
        Missed += (ulong)missed;
        _next += missed * _interval;
        return Queue;
    }

    /// <summary>Takes the next frame.</summary>
    /// <returns>When it was due.</returns>
    public long Take()
    {
        var due = _next >> FractionBits;
        _next += _interval;
        return due;
    }
}
