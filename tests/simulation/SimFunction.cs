using System.Runtime.InteropServices;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.Simulation;

/// <summary>
/// An NF whose state is a hash over everything it has seen in each direction and lane, and whose outputs carry it:
/// whatever is missing from, or too much in, its state shows in a later output. Each lane is a line of its own, so a
/// lost delta is not made good by the next one. Drops some packets, and turns some back.
/// </summary>
internal sealed class SimFunction(ulong salt) : INetworkFunction
{
    public const int Lanes = 16;

    /// <summary>Length of a packet on its way back; others have 16 bytes.</summary>
    private const int TurnedBytes = 17;

    private StateArray<Lane> _history = null!;

    public static int Places => 2 * Lanes;

    /// <summary>Packets after which its process dies, in the middle of the next one; negative for never.</summary>
    public int DiesIn { get; set; } = -1;

    public void Initialise(StateDeclaration state) => _history = state.Array<Lane>("history", Places);

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            if (packet.Length == TurnedBytes)
            {
                // Turned back by another NF: where it meets the packets of this direction is left to chance.
                batch.Forward(packet);
                continue;
            }

            var value = MemoryMarshal.Read<ulong>(packet.Bytes);
            ref var history = ref _history.Modify(PlaceOf(packet.FromLeft ? Direction.LeftToRight : Direction.RightToLeft, LaneOf(packet.Bytes[8..])));
            history.Hash = Mix(history.Hash, value, salt);
            if (DiesIn-- == 0)
            {
                packet.Replace(64).Clear();
                throw new FunctionDeath();
            }

            if (IsDropped(value, salt))
            {
                batch.Drop(packet, DropReason.Policy);
                continue;
            }

            MemoryMarshal.Write(packet.Write(8), history.Hash);
            if (IsTurned(value, salt))
            {
                packet.Replace(TurnedBytes);
                batch.TurnBack(packet);
                continue;
            }

            batch.Forward(packet);
        }
    }

    public void Tick(long time)
    {
        ref var history = ref _history.Modify(PlaceOf(Direction.LeftToRight, LaneOfTick(time)));
        history.Hash = Mix(history.Hash, (ulong)time, salt);
    }

    /// <summary>Nothing of its process runs any more.</summary>
    public sealed class FunctionDeath : Exception;

    public static int PlaceOf(Direction direction, int lane) => (int)direction * Lanes + lane;

    public static int LaneOf(ReadOnlySpan<byte> original) => (int)(MemoryMarshal.Read<ulong>(original) >> 20) & (Lanes - 1);

    public static int LaneOfTick(long time) => (int)(time / 1000) & (Lanes - 1);

    public static ulong Mix(ulong history, ulong value, ulong salt)
    {
        var high = Math.BigMul(history ^ value ^ salt, 0x9E3779B97F4A7C15, out var low);
        return high ^ low ^ (value << 7);
    }

    public static bool IsDropped(ulong value, ulong salt) => (value >> 3 ^ salt) % 11 == 0;

    public static bool IsTurned(ulong value, ulong salt) => (value >> 5 ^ salt) % 13 == 0;

    [StructLayout(LayoutKind.Sequential, Size = 64)]
    public struct Lane
    {
        public ulong Hash;
    }
}
