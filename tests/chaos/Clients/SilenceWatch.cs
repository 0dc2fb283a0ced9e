using System.Diagnostics;

namespace Holdfast.Chaos.Clients;

/// <summary>The longest time in which a client heard nothing.</summary>
internal sealed class SilenceWatch
{
    private readonly Lock _lock = new();
    private readonly Dictionary<object, long> _since = [];
    private double _worst;

    /// <summary>Something waits for an answer from now on.</summary>
    public void Begin(object who)
    {
        lock (_lock) _since[who] = Stopwatch.GetTimestamp();
    }

    /// <summary>It heard something.</summary>
    public void Heard(object who)
    {
        lock (_lock)
        {
            Note(who);
            _since[who] = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>It waits for nothing any more.</summary>
    public void End(object who)
    {
        lock (_lock)
        {
            Note(who);
            _since.Remove(who);
        }
    }

    /// <summary>The longest silence since this was last asked, in milliseconds; one that goes on counts as far as it has come.</summary>
    public double TakeWorst()
    {
        lock (_lock)
        {
            foreach (var who in _since.Keys) Note(who);
            var worst = _worst;
            _worst = 0;
            return worst;
        }
    }

    private void Note(object who)
    {
        if (_since.TryGetValue(who, out var since)) _worst = Math.Max(_worst, Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }
}
