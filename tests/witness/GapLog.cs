using System.Globalization;

namespace Holdfast.Witness;

/// <summary>
/// Writes down every silence longer than a threshold: a line with the wall-clock time of its end in milliseconds since
/// the Unix epoch, a space, and its length in milliseconds. The first silence begins with the log, the last one ends
/// with it, so a client that never heard anything shows.
/// </summary>
internal sealed class GapLog : IDisposable
{
    private readonly TextWriter _output;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _threshold;
    private readonly DateTimeOffset _began;
    private readonly long _origin;
    private long _last;

    public GapLog(TextWriter output, TimeProvider clock, TimeSpan threshold)
    {
        _output = output;
        _clock = clock;
        _threshold = threshold;
        _began = clock.GetUtcNow();
        _origin = _last = clock.GetTimestamp();
    }

    public TimeSpan Longest { get; private set; }

    /// <summary>Something was heard.</summary>
    public void Heard()
    {
        var now = _clock.GetTimestamp();
        var gap = _clock.GetElapsedTime(_last, now);
        _last = now;
        if (gap > Longest) Longest = gap;
        if (gap <= _threshold) return;

        // Both from the same steady clock: a step of the wall clock must not look like a gap.
        var end = _began + _clock.GetElapsedTime(_origin, now);
        var milliseconds = (end - DateTimeOffset.UnixEpoch).TotalMilliseconds;
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{milliseconds:F1} {gap.TotalMilliseconds:F1}"));
        _output.Flush();
    }

    /// <summary>Counts the silence until now.</summary>
    public void Dispose()
    {
        Heard();
        _output.Dispose();
    }
}
