using System.Net;
using System.Net.Sockets;

namespace Holdfast.Replicator.Transport;

/// <summary>Attempts to reach one address over TCP, one at a time.</summary>
internal sealed class TcpDial(IPEndPoint target, Func<Socket, IConnection> connected) : ITransport
{
    /// <summary>The kernel asks a silent host again after 1, 3, 7, 15 seconds and so on. We ask anew after this long, so that a
    /// peer is found soon after it or its link is back, however long it was away.</summary>
    private const long PatienceMilliseconds = 1_000;

    private Socket? _socket;
    private SocketError _error;
    private long _began;

    /// <summary>Becomes writable when the attempt has come to something; -1 when there is none.</summary>
    public int Fd => _socket is { } socket ? (int)socket.Handle : -1;

    public IConnection? TryAccept() => null;

    public void Dial()
    {
        if (_socket is not null) return;
        // Not ConnectAsync: that registers the socket with the runtime's event loop for good, and two more threads would
        // wake up for every message.
        _began = Environment.TickCount64;
        _socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        try
        {
            _socket.Connect(target);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
        }
        catch (SocketException error)
        {
            _error = error.SocketErrorCode;
        }
    }

    public DialOutcome PollDial(out IConnection? connection)
    {
        connection = null;
        if (_socket is not { } socket) return DialOutcome.None;
        if (_error == SocketError.Success)
        {
            if (socket.Poll(0, SelectMode.SelectWrite) || socket.Poll(0, SelectMode.SelectError))
                _error = (SocketError)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            else if (Environment.TickCount64 - _began >= PatienceMilliseconds) _error = SocketError.TimedOut;
            else return DialOutcome.Pending;
        }

        var error = _error;
        _error = SocketError.Success;
        _socket = null;
        if (error == SocketError.Success)
        {
            connection = connected(socket);
            return DialOutcome.Connected;
        }

        socket.Dispose();
        return error == SocketError.ConnectionRefused ? DialOutcome.Refused : DialOutcome.Failed;
    }

    public void Dispose() => _socket?.Dispose();
}
