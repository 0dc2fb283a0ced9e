using Holdfast.NfLib.Measuring;

namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>A stretch of time under one load, at one port. Written by the root's loop until it has ended.</summary>
/// <param name="rate">Frames a second that are offered.</param>
public sealed class Measurement(long rate)
{
    public long Rate => rate;

    /// <summary>From when a frame of the other side was due until it left here.</summary>
    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Length in nanoseconds; 0 while it lasts.</summary>
    public long Nanoseconds { get; private set; }

    /// <summary>Frames that went into the chain here.</summary>
    public ulong Taken { get; private set; }

    /// <summary>Frames that were due and never went in, because the chain took too few.</summary>
    public ulong Missed { get; private set; }

    /// <summary>Frames of the other side that left here.</summary>
    public ulong Sent { get; private set; }

    private long _begun;

    internal void Begin(long now, ulong taken, ulong missed, ulong sent) => (_begun, Taken, Missed, Sent) = (now, taken, missed, sent);

    internal void End(long now, ulong taken, ulong missed, ulong sent) =>
        (Nanoseconds, Taken, Missed, Sent) = (now - _begun, taken - Taken, missed - Missed, sent - Sent);
}
