using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>
/// Signs of life of an NF's owning process, beside its state and not part of it. Only hints: nfmgr reads them live, and
/// an NF can write anything here.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct NfVitals
{
    public const int Bytes = 416;

    /// <summary>Rises with every pass of the run loop, also of an idle one (every 10 ms).</summary>
    [FieldOffset(0)] public ulong Beat;
    /// <summary>Generation of the process that owns the NF.</summary>
    [FieldOffset(8)] public uint Owner;
    /// <summary>Its run-loop thread, as the kernel numbers threads.</summary>
    [FieldOffset(12)] public int OwnerThread;
    /// <summary>When the owner got the NF, and published its first output after that (0: not yet); CLOCK_MONOTONIC,
    /// nanoseconds.</summary>
    [FieldOffset(16)] public long TookOverAt;
    [FieldOffset(24)] public long FirstOutputAt;
    /// <summary>Recoveries by what the last owner had left: an open batch, a commit, a capture.</summary>
    [FieldOffset(32)] public uint UndoneBatches;
    [FieldOffset(36)] public uint CompletedCommits;
    [FieldOffset(40)] public uint CompletedCaptures;
    [FieldOffset(48)] public ulong Sleeps;
    /// <summary>Yields that took over a millisecond: something else competes for the core.</summary>
    [FieldOffset(56)] public ulong Stalls;
    /// <summary>Bytes that the run-loop thread has allocated on the managed heap; flat once the NF runs.</summary>
    [FieldOffset(64)] public long AllocatedBytes;
    [FieldOffset(72)] public ulong Captures;
    [FieldOffset(80)] public ulong CapturedLines;
    /// <summary>An input holds this impossible descriptor; the owner reads no further. Valid when the direction is not 0.</summary>
    [FieldOffset(88)] public ulong ComplaintDescriptor;
    /// <summary>0: no complaint. Else 1 + the direction of the input.</summary>
    [FieldOffset(96)] public uint ComplaintDirection;
    [FieldOffset(128)] public LastWords Last;
}

/// <summary>What a process said before it ended by an exception.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16 + MaxTextBytes)]
internal struct LastWords
{
    public const int MaxTextBytes = 256;

    /// <summary>Who says it; written last.</summary>
    [FieldOffset(0)] public uint Generation;
    [FieldOffset(4)] public int TextBytes;
    /// <summary>CLOCK_MONOTONIC, nanoseconds.</summary>
    [FieldOffset(8)] public long At;
    [FieldOffset(16)] public Text256 Text;

    [InlineArray(MaxTextBytes)]
    internal struct Text256
    {
        private byte _first;
    }
}
