using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Memory;

/// <summary>The few Linux calls that Mono.Posix does not have.</summary>
internal static unsafe partial class Libc
{
    // Safe: pointers only pass through to the kernel, which checks them. The caller's count must not exceed its buffer;
    // what FutexWait points to is a local that outlives the call.

    public const uint MFD_CLOEXEC = 0x1, MFD_ALLOW_SEALING = 0x2, MFD_HUGETLB = 0x4, MFD_NOEXEC_SEAL = 0x8;
    public const int F_SETFD = 2, FD_CLOEXEC = 1;
    public const int F_ADD_SEALS = 1033, F_GET_SEALS = 1034, F_DUPFD_CLOEXEC = 1030;
    public const int F_SEAL_SEAL = 0x1, F_SEAL_SHRINK = 0x2, F_SEAL_GROW = 0x4;
    public const int CLOSE_RANGE_CLOEXEC = 4;
    public const int PR_SET_PDEATHSIG = 1, PR_SET_TIMERSLACK = 29;
    public const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    public const short POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16;
    public const int MADV_POPULATE_READ = 22, MADV_POPULATE_WRITE = 23;
    public const int EAGAIN = 11, EINTR = 4;
    private const long SYS_futex = 202, SYS_set_robust_list = 273, SYS_pidfd_open = 434;
    private const int FUTEX_WAIT = 0, FUTEX_WAKE = 1;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimerSpec
    {
        public TimeSpec Interval;
        public TimeSpec Value;
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemfdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int fd, int command, int argument);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, ulong a, ulong b, ulong c, ulong d);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int TimerFdSetTime(int fd, int flags, TimerSpec* wanted, TimerSpec* before);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int fd);

    /// <summary>Since Linux 5.9, its flag since 5.11.</summary>
    [LibraryImport("libc", EntryPoint = "close_range", SetLastError = true)]
    public static partial int CloseRange(uint first, uint last, int flags);

    [LibraryImport("libc", EntryPoint = "sched_yield")]
    public static partial int SchedYield();

    /// <summary>Ends the process at once: nothing of it runs any more, no handler and no other thread.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void Exit(int code);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int Madvise(void* start, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int GetParentProcessId();

    [LibraryImport("libc", EntryPoint = "gettid")]
    public static partial int GetThreadId();

    /// <param name="which">0 for a process or, on Linux, a thread.</param>
    /// <param name="who">0 for the calling thread.</param>
    /// <param name="niceness">-20 to 19; below the present one only with CAP_SYS_NICE or RLIMIT_NICE.</param>
    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, int who, int niceness);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int PPoll(PollFd* fds, nuint count, TimeSpec* timeout, void* signalMask);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, nint a, nint b, nint c, nint d, nint e, nint f);

    /// <summary>Sleeps while <paramref name="word"/> holds <paramref name="expected"/>; between processes, so not
    /// FUTEX_PRIVATE.</summary>
    public static void FutexWait(int* word, int expected, int timeoutMilliseconds)
    {
        var timeout = new TimeSpec
        {
            Seconds = timeoutMilliseconds / 1000,
            Nanoseconds = timeoutMilliseconds % 1000 * 1_000_000L,
        };
        _ = Syscall(SYS_futex, (nint)word, FUTEX_WAIT, expected, (nint)(&timeout), 0, 0);
    }

    public static void FutexWake(int* word) => _ = Syscall(SYS_futex, (nint)word, FUTEX_WAKE, 1, 0, 0, 0);

    /// <summary>Tells the kernel where the calling thread's robust list begins; it looks there when the thread ends.</summary>
    public static long SetRobustList(void* head, int bytes) => Syscall(SYS_set_robust_list, (nint)head, bytes, 0, 0, 0, 0);

    /// <summary>A descriptor that polls readable once the process has ended; -1 when there is no such process.</summary>
    public static int PidFdOpen(int processId) => (int)Syscall(SYS_pidfd_open, processId, 0, 0, 0, 0, 0);
}
