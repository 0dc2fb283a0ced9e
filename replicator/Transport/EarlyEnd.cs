using System.Net.Sockets;
using Holdfast.NfLib.Memory;

namespace Holdfast.Replicator.Transport;

/// <summary>
/// Lets a socket be one of the first that end when this process is killed. The kernel releases a dead process's files one
/// after the other, the highest descriptor number first, and a packet socket takes until no processor can be using it
/// any more: four of them 50 ms and more, in which the peer would hear nothing of the death. A second descriptor with a
/// high number puts the socket before them.
/// </summary>
internal readonly struct EarlyEnd : IDisposable
{
    // The listener before the connections, or the peer that dials at once would reach it, still open in a dead process.
    public const int Connection = 512, Listener = 768;

    private readonly int _fd;

    /// <param name="socket">Stays the caller's.</param>
    /// <param name="from">The least number of the second descriptor.</param>
    // Where the process may not have such numbers there is none, and the end comes later.
    public EarlyEnd(Socket socket, int from) => _fd = Libc.Fcntl((int)socket.Handle, Libc.F_DUPFD_CLOEXEC, from);

    public void Dispose()
    {
        if (_fd >= 0) _ = Libc.Close(_fd);
    }
}
