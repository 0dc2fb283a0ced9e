using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>Counters of one NF process, beside its state (not replicated), read live by nfmgr's status.</summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct NfStatistics
{
    [FieldOffset(0)] public ulong PacketsLeftToRight;
    [FieldOffset(8)] public ulong PacketsRightToLeft;
    [FieldOffset(16)] public ulong Forwarded;
    [FieldOffset(24)] public ulong Batches;
    [FieldOffset(32)] public ulong Ticks;
    [FieldOffset(40)] public ulong Captures;
    [FieldOffset(48)] public ulong CapturedLines;
    [FieldOffset(56)] public ulong Sleeps;
    /// <summary>Bytes the run-loop thread has allocated on the managed heap; flat once the NF runs.</summary>
    [FieldOffset(64)] public long AllocatedBytes;
    /// <summary>Yields that took over a millisecond: something else competes for the core.</summary>
    [FieldOffset(72)] public ulong Stalls;
    /// <summary>Packets sent back to the side that they came from.</summary>
    [FieldOffset(80)] public ulong TurnedBack;
    [FieldOffset(128)] public DropCounters Dropped;

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
