using Holdfast.NfLib.Packets;

namespace Holdfast.Replicator.Root;

/// <summary>
/// The number of one use of a packet buffer, as descriptors carry it: where the packet came in (one bit) and the low
/// bits of its clock. Packets that came in on one side get rising clocks and NFs keep their order, so of two descriptors
/// on a ring it tells which one is late.
/// </summary>
internal static class PacketUse
{
    private const int ClockBits = 31;
    private const uint ClockMask = (1u << ClockBits) - 1;

    public static uint Of(Direction cameIn, ulong clock) => (uint)cameIn << ClockBits | (uint)clock & ClockMask;

    public static bool SameSide(uint use, uint other) => (use ^ other) >> ClockBits == 0;

    /// <summary>Whether a packet got its clock after another one of the same side, at most a billion clocks apart.</summary>
    public static bool IsNewer(uint use, uint other) => (int)((use - other) << 32 - ClockBits) > 0;
}
