using System.Net;
using System.Net.Sockets;
using Holdfast.Replicator.Messages;

namespace Holdfast.Tests.Process;

/// <summary>
/// Stands between the nodes' replication links. While it is cut nothing passes either way and no end hears of it, as
/// when a cable is pulled. It can also keep back one type of message; what it kept back is lost, and because no living
/// TCP connection loses anything, the connections end with that.
/// </summary>
internal sealed class LinkProxy : IDisposable
{
    private readonly List<TcpListener> _listeners = [];
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _stop = new();
    private volatile TaskCompletionSource _open = Opened();

    /// <summary>Port that node a dials, and the port behind it; the same for b.</summary>
    public LinkProxy(int fromA, int toB, int fromB, int toA)
    {
        Listen('a', fromA, toB);
        Listen('b', fromB, toA);
    }

    public TypeFilter Filter { get; } = new();

    public void Cut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Heal() => _open.TrySetResult();

    /// <summary>Messages of this type from this node are lost from now on.</summary>
    public void Block(char from, MessageType type) => Filter.Block(from, type);

    public void Unblock()
    {
        Filter.Unblock();
        Break();
    }

    /// <summary>Ends all connections; the nodes make new ones.</summary>
    public void Break()
    {
        lock (_sockets)
        {
            foreach (var socket in _sockets) socket.Dispose();
            _sockets.Clear();
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        Heal();
        foreach (var listener in _listeners) listener.Dispose();
        lock (_sockets)
        {
            foreach (var socket in _sockets) socket.Dispose();
        }

        _stop.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private void Listen(char dialer, int port, int target)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _listeners.Add(listener);
        _ = Accept(dialer, listener, target);
    }

    private async Task Accept(char dialer, TcpListener listener, int target)
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var near = await listener.AcceptSocketAsync(_stop.Token);
                _ = Join(dialer, near, target);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Join(char dialer, Socket near, int target)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_sockets) _sockets.AddRange([near, far]);
        try
        {
            await _open.Task;
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            await Task.WhenAll(Pass(dialer, near, far), Pass(dialer == 'a' ? 'b' : 'a', far, near));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidDataException)
        {
            // The target refuses: so does the proxy, by closing hard.
            near.LingerState = new LingerOption(true, 0);
        }
        finally
        {
            near.Dispose();
            far.Dispose();
        }
    }

    private async Task Pass(char sender, Socket from, Socket to)
    {
        var frames = new WireFrames();
        var isLost = false;
        try
        {
            while (await from.ReceiveAsync(frames.Room(), _stop.Token) is > 0 and var count)
            {
                frames.Received(count);
                await _open.Task; // what was received before the cut waits for it to heal, as in a router's queue
                while (frames.TryTake(out var header, out var frame))
                {
                    // The pieces of a large message share its fate.
                    if (header.Piece == 0) isLost = !Filter.Passes(sender, header.Type);
                    if (isLost) continue;
                    for (var rest = frame; !rest.IsEmpty;) rest = rest[await to.SendAsync(rest, _stop.Token)..];
                }
            }
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
