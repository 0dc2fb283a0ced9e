using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>
/// Of a dead process, the kernel closes one descriptor after the other by rising numbers, and closing a packet socket
/// waits until no processor can be using it any more (synchronize_net), tens of milliseconds on a busy machine. The
/// connection to the peer, whose end tells it to take over, must not come behind that.
/// </summary>
internal static class LateDescriptor
{
    private const int F_DUPFD_CLOEXEC = 1030, First = 512;

    /// <summary>The same socket under a high number; where the process may not have such numbers, under its own.</summary>
    public static int Of(int fd)
    {
        var late = Libc.Fcntl(fd, F_DUPFD_CLOEXEC, First);
        if (late < 0) return fd;
        _ = Libc.Close(fd);
        return late;
    }
}
