using System.Runtime.CompilerServices;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>Bytes of a short frame.</summary>
[InlineArray(ParkedFrame.MaxBytes)]
internal struct FrameBytes
{
    private byte _first;
}

/// <summary>A copy of a packet that waits for an answer; 4 lines.</summary>
internal struct ParkedFrame
{
    /// <summary>First packets are short: SYN, DNS query, ping.</summary>
    public const int MaxBytes = 246;

    /// <summary>The packet's time, in nanoseconds.</summary>
    public long Time;

    /// <summary>0 in a free place.</summary>
    public ushort Length;

    public FrameBytes Bytes;
}

/// <summary>The packets that wait for their next hop's hardware address. An NF can't keep a packet's buffer, so it keeps
/// the bytes, in the state.</summary>
internal sealed class ParkingPlaces(StateDeclaration state)
{
    private const int Count = 16;

    // Later, whoever sent it has sent it again.
    private const long Longest = 3_000_000_000;

    private readonly StateArray<ParkedFrame> _places = state.Array<ParkedFrame>("parked", Count);

    public static bool Fits(int length) => length <= ParkedFrame.MaxBytes;

    /// <summary>A free place; -1 for none. It is free until something is put there.</summary>
    public int FindFree()
    {
        for (var place = 0; place < Count; place++)
        {
            if (_places[place].Length == 0) return place;
        }

        return -1;
    }

    public void Put(int place, ReadOnlySpan<byte> frame, long time)
    {
        ref var parked = ref _places.Modify(place);
        parked.Time = time;
        parked.Length = (ushort)frame.Length;
        frame.CopyTo(parked.Bytes);
    }

    /// <summary>Frees a place. Gives its packet, which holds until the next <see cref="Put"/>; nothing if it has waited
    /// too long.</summary>
    public ReadOnlySpan<byte> Take(int place, long time)
    {
        ref var parked = ref _places.Modify(place);
        ReadOnlySpan<byte> frame = parked.Bytes[..parked.Length];
        parked.Length = 0;
        return time - parked.Time < Longest ? frame : default;
    }
}
