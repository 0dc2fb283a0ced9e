namespace Holdfast.Chains.Nat.Routing;

/// <summary>What is known of the host that has an address on the right; with its key 32 bytes, half a line. Times are
/// in nanoseconds.</summary>
internal struct Neighbour
{
    /// <summary>When it was last seen to be there; moves in steps of <see cref="Neighbours.Second"/>.</summary>
    public long Confirmed;

    /// <summary>When it was last asked for.</summary>
    public long Asked;

    private uint _macLow;
    private ushort _macHigh;

    /// <summary>How often it was asked for since it was last seen.</summary>
    public byte Asks;

    /// <summary>Place + 1 of the packet that waits for it; 0 for none.</summary>
    public byte Parked;

    /// <summary>Its hardware address; 0 while it is not known.</summary>
    public ulong Mac
    {
        readonly get => (ulong)_macHigh << 32 | _macLow;
        set => (_macHigh, _macLow) = ((ushort)(value >> 32), (uint)value);
    }
}

/// <summary>How a packet for a neighbour can go on.</summary>
internal enum Resolution
{
    /// <summary>To the hardware address.</summary>
    Known,

    /// <summary>Not, and its frame is to become the question for the address.</summary>
    Ask,

    /// <summary>The neighbour was not seen for long: its frame is to become a question to the neighbour alone.</summary>
    Probe,

    /// <summary>Not yet: the question was asked just now.</summary>
    Wait,

    /// <summary>Not: nobody answered.</summary>
    Unreachable,

    /// <summary>Not: the table has no room.</summary>
    Full,
}
