namespace Holdfast.Tests.Unit.Witness;

/// <summary>A clock that stands until it is set: at first one second after the Unix epoch.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _ticks;

    public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch.AddSeconds(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Wall;

    public void Advance(int milliseconds)
    {
        _ticks += milliseconds * TimeSpan.TicksPerMillisecond;
        Wall += TimeSpan.FromMilliseconds(milliseconds);
    }
}
