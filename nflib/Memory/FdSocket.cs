using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mono.Unix.Native;

namespace Holdfast.NfLib.Memory;

/// <summary>
/// A unix stream socket that carries lines of text, each with file descriptors if need be: how processes hand each
/// other memory objects and doorbells. Not for the data path.
/// </summary>
public sealed unsafe class FdSocket(Socket socket) : IDisposable
{
    /// <summary>Longest line in bytes; a peer that sends more is cut off.</summary>
    public const int MaxLineBytes = 256 * 1024;

    /// <summary>Most descriptors in one message.</summary>
    public const int MaxDescriptors = 64;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    // Safe: the kernel gets pointers into pinned arrays, with the bytes that are left in them from there on.
    private readonly byte[] _buffer = new byte[MaxLineBytes];
    private readonly Queue<int> _descriptors = new();
    private int _filled;

    /// <summary>The descriptor to poll.</summary>
    public int Fd => (int)socket.Handle;

    /// <summary>Whether the other side has closed. For a socket on which no more lines are expected.</summary>
    public bool IsClosed => socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Whether bytes have arrived that nobody has read.</summary>
    public bool HasBytes => _filled > 0 || socket.Available > 0;

    public static FdSocket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new FdSocket(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one line (a newline is added) with descriptors, which stay the sender's.</summary>
    /// <exception cref="IOException">The other side is gone.</exception>
    public void SendLine(string line, params ReadOnlySpan<int> descriptors)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(line + "\n");
        var sent = 0;
        fixed (byte* start = bytes)
        {
            // Descriptors ride on the first piece; the kernel keeps them with these bytes.
            while (sent < bytes.Length)
            {
                var vector = new Iovec { iov_base = (IntPtr)(start + sent), iov_len = (ulong)(bytes.Length - sent) };
                var message = new Msghdr { msg_iov = [vector], msg_iovlen = 1 };
                if (sent == 0 && descriptors.Length > 0) message.msg_control = Pack(descriptors, out message.msg_controllen);
                var n = Syscall.sendmsg(Fd, message, MessageFlags.MSG_NOSIGNAL);
                if (n < 0 && Stdlib.GetLastError() is Errno.EINTR or Errno.EAGAIN)
                {
                    socket.Poll(100_000, SelectMode.SelectWrite);
                    continue;
                }

                if (n <= 0) throw new IOException($"unix socket: the other side is gone ({Stdlib.GetLastError()})");
                sent += (int)n;
            }
        }
    }

    /// <summary>Waits for one line, or for ever with <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    /// <returns>The line without its newline, or null at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">The line is too long.</exception>
    /// <exception cref="TimeoutException">Nothing came in time.</exception>
    public string? ReadLine(TimeSpan timeout)
    {
        var began = Environment.TickCount64;
        while (true)
        {
            if (TryTakeLine(out var line)) return line;
            if (socket.Poll(PollInterval, SelectMode.SelectRead))
            {
                if (!Receive()) return null;
            }
            else if (timeout != Timeout.InfiniteTimeSpan && Environment.TickCount64 - began >= timeout.TotalMilliseconds)
            {
                throw new TimeoutException($"unix socket: no answer within {timeout.TotalSeconds:0.#} s");
            }
        }
    }

    /// <summary>Takes a line that has already arrived.</summary>
    public bool TryTakeLine(out string line)
    {
        var end = Array.IndexOf(_buffer, (byte)'\n', 0, _filled);
        if (end < 0)
        {
            line = "";
            return false;
        }

        line = System.Text.Encoding.UTF8.GetString(_buffer, 0, end);
        _filled -= end + 1;
        Array.Copy(_buffer, end + 1, _buffer, 0, _filled);
        return true;
    }

    /// <summary>Reads what is there; false at the end of the stream. Call when the socket is readable.</summary>
    public bool Receive()
    {
        if (_filled == _buffer.Length)
            throw new InvalidDataException($"unix socket: a line is longer than {MaxLineBytes} bytes");
        var control = new byte[Syscall.CMSG_SPACE(MaxDescriptors * sizeof(int))];
        fixed (byte* start = _buffer)
        {
            var vector = new Iovec { iov_base = (IntPtr)(start + _filled), iov_len = (ulong)(_buffer.Length - _filled) };
            var message = new Msghdr
            {
                msg_iov = [vector],
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = control.Length,
            };
            var n = Syscall.recvmsg(Fd, message, MessageFlags.MSG_CMSG_CLOEXEC);
            if (n < 0) return Stdlib.GetLastError() is Errno.EAGAIN or Errno.EINTR;
            Unpack(message);
            if (n == 0) return false;
            _filled += (int)n;
            return true;
        }
    }

    /// <summary>Takes the next received descriptor; the caller owns it.</summary>
    /// <exception cref="InvalidDataException">The other side sent fewer.</exception>
    public int TakeDescriptor() => _descriptors.TryDequeue(out var fd) ? fd
        : throw new InvalidDataException("unix socket: a message came without the descriptors it announces");

    public void Dispose()
    {
        foreach (var fd in _descriptors) _ = Libc.Close(fd);
        _descriptors.Clear();
        socket.Dispose();
    }

    private static byte[] Pack(ReadOnlySpan<int> descriptors, out long length)
    {
        var bytes = MemoryMarshal.AsBytes(descriptors);
        var control = new byte[Syscall.CMSG_SPACE((ulong)bytes.Length)];
        length = control.Length;
        var message = new Msghdr { msg_control = control, msg_controllen = length };
        var header = new Cmsghdr
        {
            cmsg_len = (long)Syscall.CMSG_LEN((ulong)bytes.Length),
            cmsg_level = UnixSocketProtocol.SOL_SOCKET,
            cmsg_type = UnixSocketControlMessage.SCM_RIGHTS,
        };
        header.WriteToBuffer(message, 0);
        bytes.CopyTo(control.AsSpan((int)Syscall.CMSG_DATA(message, 0)));
        return control;
    }

    private void Unpack(Msghdr message)
    {
        for (var at = Syscall.CMSG_FIRSTHDR(message); at != -1; at = Syscall.CMSG_NXTHDR(message, at))
        {
            var header = Cmsghdr.ReadFromBuffer(message, at);
            if (header.cmsg_level != UnixSocketProtocol.SOL_SOCKET
                || header.cmsg_type != UnixSocketControlMessage.SCM_RIGHTS) continue;
            var data = (int)Syscall.CMSG_DATA(message, at);
            var length = (int)(header.cmsg_len - (data - at));
            foreach (var fd in MemoryMarshal.Cast<byte, int>(message.msg_control.AsSpan(data, length)))
            {
                // Nobody waits for so many: a peer that goes on sending them must not fill our table.
                if (_descriptors.Count < MaxDescriptors) _descriptors.Enqueue(fd);
                else _ = Libc.Close(fd);
            }
        }
    }
}
