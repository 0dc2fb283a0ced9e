using Holdfast.NfLib.Packets;

namespace Holdfast.Generator.Traffic;

/// <summary>
/// A source of journaled traffic. It must be causal: per flow, packets of one direction are offered only after those
/// of the other direction came out, because two directions meet in an NF in no fixed order. Times are in nanoseconds
/// of <see cref="Time.Now"/>.
/// </summary>
internal interface ITraffic
{
    TrafficTotals Totals { get; }

    /// <summary>When to ask again although nothing came out meanwhile.</summary>
    long Due { get; }

    /// <summary>Called once per wake-up, before <see cref="Next"/>.</summary>
    void Tick(long now);

    /// <summary>Writes the next frame into the buffer (as long as any frame that a chain takes).</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="direction">The way it is to cross the chain.</param>
    /// <param name="step">What the source calls it.</param>
    /// <returns>The frame's length; 0 when nothing may be offered now.</returns>
    int Next(Span<byte> buffer, out Direction direction, out ulong step);

    /// <summary>The frame of a step did not fit on the wire.</summary>
    void Refused(ulong step);

    /// <summary>The node that the frame of a step was sent to does not rule any more. Nothing is heard of the frame
    /// again.</summary>
    void Lost(ulong step);

    /// <summary>The chain has lost its state: every connection is over, and others begin. To go on with one would not be causal,
    /// since its answers could meet, in an NF that does not know them, the question that opens the way anew.</summary>
    void StateLost();

    /// <summary>The frame of a step came out, as the chain changed it.</summary>
    void CameOut(ulong step, ReadOnlySpan<byte> frame, long now);
}

/// <summary>What a source has seen since it began.</summary>
internal readonly record struct TrafficTotals
{
    /// <summary>Connections whose every packet came out.</summary>
    public long FlowsCompleted { get; init; }

    /// <summary>Connections that were given up, also because the chain had lost its state.</summary>
    public long FlowsBroken { get; init; }

    /// <summary>Turns of questions and answers that came out whole.</summary>
    public long ExchangesCompleted { get; init; }

    /// <summary>Turns of which something was lost; their flow went on.</summary>
    public long ExchangesSpoilt { get; init; }

    /// <summary>Packets that came out under another outside address or port than their flow's, or at the wrong inside
    /// address.</summary>
    public long MappingChanged { get; init; }

    /// <summary>Packets that came out damaged (a checksum is wrong, or the payload is another's).</summary>
    public long BadFrames { get; init; }

    public static TrafficTotals operator +(TrafficTotals a, TrafficTotals b) => new()
    {
        FlowsCompleted = a.FlowsCompleted + b.FlowsCompleted,
        FlowsBroken = a.FlowsBroken + b.FlowsBroken,
        ExchangesCompleted = a.ExchangesCompleted + b.ExchangesCompleted,
        ExchangesSpoilt = a.ExchangesSpoilt + b.ExchangesSpoilt,
        MappingChanged = a.MappingChanged + b.MappingChanged,
        BadFrames = a.BadFrames + b.BadFrames,
    };
}
