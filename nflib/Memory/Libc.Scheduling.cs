using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Memory;

/// <summary>How the kernel shares a core between threads.</summary>
internal static unsafe partial class Libc
{
    // Safe: what is pointed to are locals, which the kernel reads or fills during the call only, for as many bytes as it is told.

    private const long SYS_sched_setattr = 314, SYS_sched_getattr = 315;

    /// <summary>As many cores as fit the mask that is given to the kernel.</summary>
    public const int MaxCores = 1024;

    /// <summary>Shortest time slice that the kernel knows, in nanoseconds.</summary>
    private const ulong ShortestTimeSlice = 100_000;

    /// <summary>struct sched_attr, in its second size.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SchedAttr
    {
        public uint Size, Policy;
        public ulong Flags;
        public int Niceness;
        public uint Priority;
        public ulong Runtime, Deadline, Period;
        public uint UtilisationMin, UtilisationMax;
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SchedSetAffinity(int thread, nuint maskBytes, ulong* mask);

    /// <summary>Has the calling thread run on one core only; false when there is no such core for this process.</summary>
    public static bool BindToCore(int core)
    {
        if ((uint)core >= MaxCores) return false;
        Span<ulong> mask = stackalloc ulong[MaxCores / 64];
        mask[core / 64] = 1UL << core % 64;
        fixed (ulong* words = mask) return SchedSetAffinity(0, MaxCores / 8, words) == 0;
    }

    /// <summary>
    /// Asks for short turns on the core for the calling thread and, in exchange, for getting one soon: a thread that wakes may interrupt one with longer
    /// slices at once, inside the kernel too, where a process that is torn down keeps the core for milliseconds otherwise. The
    /// share of the core stays the same. Anybody may ask; before Linux 6.12 it has no effect.
    /// </summary>
    public static void TakeShortTurns()
    {
        SchedAttr attributes = default;
        if (Syscall(SYS_sched_getattr, 0, (nint)(&attributes), sizeof(SchedAttr), 0, 0, 0) != 0) return;
        attributes.Runtime = ShortestTimeSlice;
        _ = Syscall(SYS_sched_setattr, 0, (nint)(&attributes), 0, 0, 0, 0);
    }
}
