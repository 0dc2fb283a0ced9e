using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Generator.Wires;

/// <summary>Who hears what nodes accepted and released.</summary>
internal interface IArrivals
{
    /// <summary>A node accepted an input, or made a tick.</summary>
    void Accepted(Node node, Direction direction, in WireRecord record);

    /// <summary>A node released a frame, which is valid during the call. Its input was recorded before, but perhaps not
    /// read yet.</summary>
    void CameOut(Node node, Direction direction, ulong clock, uint term, ReadOnlySpan<byte> frame, Arrival at);
}

/// <summary>When something was seen, in nanoseconds of the two clocks of <see cref="Time"/>.</summary>
internal readonly record struct Arrival(long Now, long Wall)
{
    public static Arrival AtThisMoment => new(Time.Now, Time.Wall);
}
