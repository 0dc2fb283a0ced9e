using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Memory;

/// <summary>Calls by which a process gives up rights.</summary>
internal static unsafe partial class Libc
{
    // Safe: what is pointed to are locals and the caller's pinned memory, which the kernel reads during the call only.

    public const int PR_SET_DUMPABLE = 4, PR_CAPBSET_DROP = 24, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47;
    public const ulong PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private const long SYS_capset = 126, SYS_seccomp = 317;
    private const int RLIMIT_CORE = 4;
    private const uint CapabilityVersion3 = 0x2008_0522;
    private const nint SECCOMP_SET_MODE_FILTER = 1;

    /// <summary>All threads; and no slower code for fear of speculation, which kernels before 5.16 chose for who has a
    /// filter.</summary>
    private const nint FLAG_TSYNC = 1, FLAG_SPEC_ALLOW = 4;

    /// <summary>struct sock_fprog.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SeccompProgram
    {
        public ushort Length;
        public void* Instructions;
    }

    /// <returns>0; a thread that can't be confined with the others; or -1.</returns>
    public static long SeccompSetFilter(SeccompProgram* program) =>
        Syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FLAG_TSYNC | FLAG_SPEC_ALLOW, (nint)program, 0, 0, 0);

    /// <summary>Of the calling thread and those that it starts.</summary>
    public static bool ClearCapabilities()
    {
        var header = stackalloc uint[2] { CapabilityVersion3, 0 };
        var sets = stackalloc uint[6]; // effective, permitted, inheritable; twice 32 bits each
        new Span<uint>(sets, 6).Clear();
        return Syscall(SYS_capset, (nint)header, (nint)sets, 0, 0, 0, 0) == 0;
    }

    /// <param name="bytes">Soft and hard limit.</param>
    public static bool SetCoreLimit(ulong bytes)
    {
        var limit = stackalloc ulong[2] { bytes, bytes };
        return SetResourceLimit(RLIMIT_CORE, limit) == 0;
    }

    public static bool SetGroups(ReadOnlySpan<uint> groups)
    {
        fixed (uint* first = groups) return SetGroups((nuint)groups.Length, first) == 0;
    }

    /// <summary>Real, effective and saved ones, of all threads.</summary>
    public static bool SetUserAndGroup(uint user, uint group) =>
        SetGroup(group, group, group) == 0 && SetUser(user, user, user) == 0;

    /// <returns>The one before; also when the change was refused.</returns>
    [LibraryImport("libc", EntryPoint = "setfsuid")]
    public static partial int SetFileUser(uint user);

    /// <returns>The one before; also when the change was refused.</returns>
    [LibraryImport("libc", EntryPoint = "setfsgid")]
    public static partial int SetFileGroup(uint group);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetResourceLimit(int resource, ulong* limit);

    [LibraryImport("libc", EntryPoint = "setgroups", SetLastError = true)]
    private static partial int SetGroups(nuint count, uint* groups);

    [LibraryImport("libc", EntryPoint = "setresuid", SetLastError = true)]
    private static partial int SetUser(uint real, uint effective, uint saved);

    [LibraryImport("libc", EntryPoint = "setresgid", SetLastError = true)]
    private static partial int SetGroup(uint real, uint effective, uint saved);
}
