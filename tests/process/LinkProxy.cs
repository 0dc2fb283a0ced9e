using System.Net;
using System.Net.Sockets;

namespace Holdfast.Tests.Process;

/// <summary>
/// Stands between the nodes' replication links. While it is cut nothing passes either way and no end hears of it, as
/// when a cable is pulled.
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
        Listen(fromA, toB);
        Listen(fromB, toA);
    }

    public void Cut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Heal() => _open.TrySetResult();

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

    private void Listen(int port, int target)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        _listeners.Add(listener);
        _ = Accept(listener, target);
    }

    private async Task Accept(TcpListener listener, int target)
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                var near = await listener.AcceptSocketAsync(_stop.Token);
                _ = Join(near, target);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task Join(Socket near, int target)
    {
        var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        lock (_sockets) _sockets.AddRange([near, far]);
        try
        {
            await _open.Task;
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, target, _stop.Token);
            await Task.WhenAll(Pass(near, far), Pass(far, near));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
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

    private async Task Pass(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var count)
            {
                await _open.Task; // what was received before the cut waits for it to heal, as in a router's queue
                await to.SendAsync(buffer.AsMemory(0, count), _stop.Token);
            }
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
