using System.Buffers.Binary;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>A packet whose first fragment was translated; half a line.</summary>
internal struct FragmentedPacket
{
    /// <summary>Its first fragment's time, in nanoseconds; 0 in an unused entry.</summary>
    public long Time;

    public ulong InsideMac;
    public uint Source;
    public uint Destination;

    /// <summary>Where it goes inside; 0 when it goes out.</summary>
    public uint Inside;

    public ushort Identification;
    public ushort Protocol;
}

/// <summary>
/// What the first fragments of one direction say about the ones that follow, which have no ports (RFC 4787 REQ-14, for
/// fragments in order). Newer packets take the places of older ones.
/// </summary>
/// <remarks>One of its own for each direction, so that it does not matter how the two meet.</remarks>
internal sealed class Fragments(StateDeclaration state, string name)
{
    private const int Capacity = 32;

    // The others follow at once; later, the identification may be another packet's.
    private const long Longest = 5_000_000_000;

    private readonly StateArray<FragmentedPacket> _packets = state.Array<FragmentedPacket>(name, Capacity);

    /// <summary>Notes a first fragment.</summary>
    /// <param name="frame">The frame, not changed yet.</param>
    /// <param name="headers">Its headers.</param>
    /// <param name="time">Its time, in nanoseconds.</param>
    /// <param name="inside">Where an inbound packet goes.</param>
    /// <param name="insideMac">The hardware address of that host.</param>
    public void Remember(ReadOnlySpan<byte> frame, in PacketHeaders headers, long time, uint inside = 0,
        ulong insideMac = 0)
    {
        var oldest = 0;
        for (var i = 0; i < Capacity; i++)
        {
            if (Matches(_packets[i], frame, headers))
            {
                oldest = i;
                break;
            }

            if (_packets[i].Time < _packets[oldest].Time) oldest = i;
        }

        _packets.Modify(oldest) = new FragmentedPacket
        {
            Time = time,
            InsideMac = insideMac,
            Source = (uint)headers.Source,
            Destination = (uint)headers.Destination,
            Inside = inside,
            Identification = IdentificationOf(frame, headers),
            Protocol = headers.Protocol,
        };
    }

    /// <summary>Finds the packet of a later fragment.</summary>
    public bool TryFind(ReadOnlySpan<byte> frame, in PacketHeaders headers, long time, out FragmentedPacket packet)
    {
        for (var i = 0; i < Capacity; i++)
        {
            packet = _packets[i];
            if (Matches(packet, frame, headers)) return time - packet.Time < Longest;
        }

        packet = default;
        return false;
    }

    private static bool Matches(in FragmentedPacket packet, ReadOnlySpan<byte> frame, in PacketHeaders headers) =>
        packet.Time != 0 && packet.Source == headers.Source && packet.Destination == headers.Destination
        && packet.Identification == IdentificationOf(frame, headers) && packet.Protocol == headers.Protocol;

    private static ushort IdentificationOf(ReadOnlySpan<byte> frame, in PacketHeaders headers) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame[(headers.NetworkOffset + 4)..]);
}
