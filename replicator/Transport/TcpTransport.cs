using System.Net;
using System.Net.Sockets;
using Holdfast.NfLib.Memory;

namespace Holdfast.Replicator.Transport;

/// <summary>Connections to the peer over TCP, and the wait for whatever happens on them.</summary>
public sealed unsafe class TcpTransport : ITransport
{
    private const int MaxWatched = 16;

    private readonly Socket _listener;
    private readonly EarlyEnd _listenersEnd;
    private readonly int _eventFd;
    private readonly List<TcpConnection> _connections = [];
    private bool _acceptable;
    private readonly TcpDial? _dial;
    private TcpDial? _arbiter;

    /// <param name="listener">Bound and listening; stays the caller's, as it outlives the node's lives.</param>
    /// <param name="peer">Where the peer listens; null for who only waits to be called.</param>
    /// <param name="eventFd">Ends a wait when it is written to.</param>
    public TcpTransport(Socket listener, IPEndPoint? peer, int eventFd)
    {
        _listener = listener;
        _listenersEnd = new EarlyEnd(listener, EarlyEnd.Listener);
        _dial = peer is null ? null : new TcpDial(peer, Add);
        _eventFd = eventFd;
    }

    /// <summary>Sleeps until something happens on a socket, the event descriptor is written to, or time is up.</summary>
    /// <param name="nanoseconds">At most this long; 0 only looks.</param>
    public void Wait(long nanoseconds)
    {
        // Safe: the array is on the stack and has room for every descriptor that is put into it.
        var fds = stackalloc Libc.PollFd[MaxWatched + 4];
        fds[0] = new Libc.PollFd { Fd = _eventFd, Events = Libc.POLLIN };
        fds[1] = new Libc.PollFd { Fd = (int)_listener.Handle, Events = Libc.POLLIN };
        var count = Math.Min(_connections.Count, MaxWatched);
        for (var i = 0; i < count; i++)
        {
            fds[2 + i] = new Libc.PollFd
            {
                Fd = _connections[i].Fd,
                Events = (short)(Libc.POLLIN | (_connections[i].WantsToSend ? Libc.POLLOUT : 0)),
            };
        }

        var watched = 2 + count;
        foreach (var dial in (ReadOnlySpan<TcpDial?>)[_dial, _arbiter])
        {
            if (dial is { Fd: >= 0 }) fds[watched++] = new Libc.PollFd { Fd = dial.Fd, Events = Libc.POLLOUT };
        }

        var timeout = new Libc.TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        if (Libc.PPoll(fds, (nuint)watched, &timeout, null) <= 0) return;
        if (fds[0].Returned != 0)
        {
            ulong drained;
            _ = Libc.Read(_eventFd, &drained, sizeof(ulong));
        }

        _acceptable |= fds[1].Returned != 0;
        for (var i = 0; i < count; i++) _connections[i].Ready(fds[2 + i].Returned);
    }

    public IConnection? TryAccept()
    {
        if (!_acceptable || !_listener.Poll(0, SelectMode.SelectRead)) return null;
        _acceptable = false;
        try
        {
            return Add(_listener.Accept());
        }
        catch (SocketException)
        {
            return null; // it went away before it was accepted
        }
    }

    public void Dial() => _dial?.Dial();

    public DialOutcome PollDial(out IConnection? connection)
    {
        connection = null;
        return _dial?.PollDial(out connection) ?? DialOutcome.None;
    }

    /// <summary>The way to an arbiter, watched by the same <see cref="Wait"/>; null for no address.</summary>
    public ITransport? ToArbiter(IPEndPoint? arbiter) => _arbiter = arbiter is null ? null : new TcpDial(arbiter, Add);

    public void Dispose()
    {
        foreach (var connection in _connections.ToArray()) connection.Dispose();
        _dial?.Dispose();
        _arbiter?.Dispose();
        _listenersEnd.Dispose();
    }

    /// <summary>A listening socket for <see cref="TcpTransport"/>.</summary>
    public static Socket Listen(EndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(endPoint);
        socket.Listen(8);
        return socket;
    }

    private TcpConnection Add(Socket socket)
    {
        socket.Blocking = false;
        socket.NoDelay = true;
        var connection = new TcpConnection(socket, c => _connections.Remove(c));
        _connections.Add(connection);
        return connection;
    }

    private sealed class TcpConnection(Socket socket, Action<TcpConnection> closed) : IConnection
    {
        private readonly EarlyEnd _end = new(socket, EarlyEnd.Connection);
        private bool _readable = true;

        public int Fd => (int)socket.Handle;

        public bool WantsToSend { get; private set; }

        public void Ready(short events)
        {
            _readable |= (events & ~Libc.POLLOUT) != 0;
        }

        public int TrySend(ReadOnlySpan<byte> bytes)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            WantsToSend = error == SocketError.WouldBlock;
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => -1,
            };
        }

        public int TryReceive(Span<byte> room)
        {
            if (!_readable) return 0;
            var received = socket.Receive(room, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                _readable = false;
                return 0;
            }

            if (error != SocketError.Success || received == 0) return -1;
            // Less than there was room for: the socket is empty, so the next wait may sleep.
            if (received < room.Length) _readable = false;
            return received;
        }

        public void Dispose()
        {
            closed(this);
            _end.Dispose();
            socket.Dispose();
        }
    }
}
