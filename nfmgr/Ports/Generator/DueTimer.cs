using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>A descriptor that becomes readable at a time: what the interrupt of a NIC is to a loop that sleeps.</summary>
internal sealed unsafe class DueTimer : IDisposable
{
    private const int CLOCK_MONOTONIC = 1, TFD_TIMER_ABSTIME = 1;
    private const long Second = 1_000_000_000;

    /// <exception cref="IOException">The kernel has none to give.</exception>
    public DueTimer()
    {
        Fd = Libc.TimerFdCreate(CLOCK_MONOTONIC, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK); // the same bits for both kinds
        if (Fd < 0) throw new IOException("a timer for a generator port can't be made; are too many files open? See `ulimit -n`");
    }

    public int Fd { get; }

    /// <summary>Makes it readable from then on, and not before.</summary>
    /// <param name="time">Monotonic nanoseconds; long.MaxValue for never.</param>
    public void Set(long time)
    {
        // Zero would never let it go off, so a time that is long past is the first nanosecond.
        var at = time == long.MaxValue ? 0 : Math.Max(1, time);
        var wanted = new Libc.TimerSpec { Value = new Libc.TimeSpec { Seconds = at / Second, Nanoseconds = at % Second } };
        _ = Libc.TimerFdSetTime(Fd, TFD_TIMER_ABSTIME, &wanted, null); // safe: a local that outlives the call
    }

    public void Dispose() => _ = Libc.Close(Fd);
}
