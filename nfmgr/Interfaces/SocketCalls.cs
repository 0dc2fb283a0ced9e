using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>The socket calls for kinds of socket that .NET does not know, and the numbers that go with them.</summary>
internal static unsafe partial class SocketCalls
{
    // Safe: pointers only pass through to the kernel, which checks them; each is to a local or a mapping of the caller
    // that outlives the call, of the size named beside it.

    public const int AF_UNIX = 1, AF_PACKET = 17, AF_XDP = 44;
    public const int SOCK_DGRAM = 2, SOCK_RAW = 3, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    public const int SOL_SOCKET = 1, SO_ERROR = 4, SO_SNDBUF = 7, SO_ATTACH_FILTER = 26, SO_DETACH_FILTER = 27, SO_SNDBUFFORCE = 32;
    public const int MSG_DONTWAIT = 0x40;
    public const int EPERM = 1, ENXIO = 6, EAGAIN = 11, EBUSY = 16, EEXIST = 17, ENODEV = 19, EINVAL = 22, EMSGSIZE = 90,
        EOPNOTSUPP = 95, ENETDOWN = 100, ENOBUFS = 105;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int fd, void* address, uint bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int fd, int level, int option, void* value, uint bytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int fd, int level, int option, void* value, uint* bytes);

    /// <summary>Raises what a socket may have on its way: beyond the system's limit where this process may do that.</summary>
    public static void RaiseSendBuffer(int fd, int bytes)
    {
        if (SetOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(int)) < 0)
            _ = SetOption(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(int));
    }
}
