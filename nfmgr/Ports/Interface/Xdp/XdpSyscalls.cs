using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>The Linux calls behind AF_XDP; that and BPF have no library on the platforms' shelves.</summary>
internal static unsafe partial class XdpSyscalls
{
    // Safe: pointers only pass through to the kernel, which checks them; each is to a local or a mapping of the caller
    // that outlives the call, of the size named beside it.

    public const int PROT_READ = 1, PROT_WRITE = 2, MAP_SHARED = 1, MAP_POPULATE = 0x8000;
    private const long SYS_bpf = 321;

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    public static partial nint SendTo(int fd, void* data, nuint bytes, int flags, void* address, uint addressBytes);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    public static partial nint ReceiveFrom(int fd, void* data, nuint bytes, int flags, void* address, uint* addressBytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint bytes, int protection, int flags, int fd, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, int command, void* attributes, nuint bytes);

    /// <summary>bpf(2).</summary>
    public static int Bpf(int command, void* attributes, int bytes) =>
        (int)Syscall(SYS_bpf, command, attributes, (nuint)bytes);
}
