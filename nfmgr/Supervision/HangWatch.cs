namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// Tells an NF that hangs from one that is kept from working, by what the kernel says of the thread that should beat.
/// Called every 10 to 20 ms for an NF that owns its state and may work; knows no clock and reads no files.
/// </summary>
/// <param name="hangTimeout">How long a thread may go without a beat.</param>
internal sealed class HangWatch(TimeSpan hangTimeout)
{
    /// <summary>So much of the time-out on a processor, without a beat, is a busy loop and no bad luck.</summary>
    private const double BusyShare = 0.6;

    /// <summary>Other threads that use so much of a processor meanwhile are taken for a garbage collection.</summary>
    private const double CollectingShare = 0.3;

    /// <summary>Time-outs that a thread may wait for a processor, and for a collection.</summary>
    private const int DescheduledLimit = 20, CollectingLimit = 10;

    /// <summary>Silence that is worth a look: an idle NF beats every 10 ms.</summary>
    private const long Suspicious = 25_000_000;

    private readonly long _timeout = (long)hangTimeout.TotalNanoseconds;
    private readonly long _gap = Math.Max(40_000_000, (long)hangTimeout.TotalNanoseconds / 2);
    private ulong _beat;
    private uint _generation;
    private long _since, _lastCall = long.MinValue / 2, _excused;
    private ThreadLook? _first, _last;
    private long _lastLook;
    private bool _stalled;

    /// <summary>Times that it went without a beat for longer than the time-out and was not to blame.</summary>
    public ulong Stalls { get; private set; }

    /// <summary>Whether it has not beaten for longer than an idle NF sleeps.</summary>
    public bool IsSilent => _lastCall - _since >= Suspicious;

    /// <summary>Notes the beat.</summary>
    /// <returns>False when there was none since the last call: <see cref="Judge"/> then wants to know what the thread does.</returns>
    public bool Beats(long now, ulong beat, uint generation)
    {
        // If this watch itself was kept from running, so was perhaps what it watches.
        var missed = now - _lastCall >= _gap;
        _lastCall = now;
        if (beat == _beat && generation == _generation && !missed) return false;
        _beat = beat;
        _generation = generation;
        _since = _excused = now;
        _first = _last = null;
        _stalled = false;
        return true;
    }

    /// <summary>Judges a thread that has not beaten since the last call.</summary>
    public HangVerdict Judge(long now, ThreadLook look)
    {
        var first = _first ??= look;
        var (last, lastLook) = (_last ?? look, _lastLook);
        _last = look;
        _lastLook = now;
        var silent = now - _since;
        var used = look.ThreadTime - first.ThreadTime;
        switch (look.State)
        {
            case 'T' or 't':
                return silent < _timeout ? HangVerdict.Fine : HangVerdict.Hung($"is stopped (a signal or a debugger) for {Words(silent)}");
            case 'X' or 'Z':
                return HangVerdict.Fine; // its death will be told
            case 'R':
                return JudgeRunning(silent, used, now);
            default:
                var others = look.ProcessTime - last.ProcessTime - (look.ThreadTime - last.ThreadTime);
                return JudgeWaiting(silent, now, others >= CollectingShare * (now - lastLook) && now > lastLook);
        }
    }

    private HangVerdict JudgeRunning(long silent, long used, long now)
    {
        // Once it has shown that it lacks a processor, it may use up the whole time-out.
        if (silent >= _timeout && used >= (_stalled ? 1 : BusyShare) * _timeout)
            return HangVerdict.Hung($"runs in a loop: {Words(used)} of processor time without finishing a batch");
        if (silent >= DescheduledLimit * _timeout) return HangVerdict.Hung($"gets no processor: {Words(used)} in {Words(silent)}");
        _excused = now;
        return silent < _timeout ? HangVerdict.Fine : Stall();
    }

    private HangVerdict JudgeWaiting(long silent, long now, bool collecting)
    {
        if (collecting && silent < CollectingLimit * _timeout)
        {
            _excused = now;
            return silent < _timeout ? HangVerdict.Fine : Stall();
        }

        // Waiting counts from when it last had an excuse: a thread that got no processor may have gone to sleep just now.
        if (now - _excused < _timeout && silent < CollectingLimit * _timeout) return HangVerdict.Fine;
        return HangVerdict.Hung($"waits in the kernel and has finished no batch for {Words(silent)}");
    }

    private HangVerdict Stall()
    {
        if (!_stalled) Stalls++;
        _stalled = true;
        return HangVerdict.Stalled;
    }

    private static string Words(long nanoseconds) => $"{nanoseconds / 1_000_000} ms";
}

/// <summary>What the kernel says of a thread and its process.</summary>
/// <param name="State">As in proc_pid_stat(5): R, S, D, T, t, Z, X.</param>
/// <param name="ThreadTime">Processor time of the thread, in nanoseconds.</param>
/// <param name="ProcessTime">Of the whole process.</param>
internal readonly record struct ThreadLook(char State, long ThreadTime, long ProcessTime);

/// <param name="IsStalled">It has not beaten for the time-out, and is not to blame.</param>
/// <param name="Why">It hangs: why that is believed; else null.</param>
internal readonly record struct HangVerdict(bool IsStalled, string? Why)
{
    public static HangVerdict Fine => default;

    public static HangVerdict Stalled => new(true, null);

    public static HangVerdict Hung(string why) => new(false, why);
}
