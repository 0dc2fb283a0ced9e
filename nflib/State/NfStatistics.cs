using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>Counters of one NF, beside its state: not replicated, but journaled with each batch, so that a death neither
/// loses a packet from them nor counts one twice. Read live by nfmgr's status.</summary>
[StructLayout(LayoutKind.Explicit, Size = StateBlock.StatisticsBytes)]
internal struct NfStatistics
{
    [FieldOffset(0)] public ulong PacketsLeftToRight;
    [FieldOffset(8)] public ulong PacketsRightToLeft;
    [FieldOffset(16)] public ulong Forwarded;
    [FieldOffset(24)] public ulong Batches;
    [FieldOffset(32)] public ulong Ticks;
    /// <summary>Packets sent back to the side that they came from.</summary>
    [FieldOffset(40)] public ulong TurnedBack;
    [FieldOffset(DroppedOffset)] public DropCounters Dropped;

    internal const int DroppedOffset = StateBlock.LineBytes;

    [InlineArray(DropReasons.Count)]
    internal struct DropCounters
    {
        private ulong _first;
    }
}

/// <summary>How many reasons for a drop can be told apart. Lies here because the statistics have a place for each.</summary>
public static class DropReasons
{
    public const int Count = 16;
}
