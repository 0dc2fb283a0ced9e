using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Holdfast.Chaos.Networks;

namespace Holdfast.Chaos.Clients;

/// <summary>Fetches streams, each on a connection of its own, and checks every byte.</summary>
/// <param name="Name">As the report calls it.</param>
/// <param name="Length">Of a stream.</param>
/// <param name="Pace">Bytes a second that the server shall send.</param>
/// <param name="Every">Time between the beginnings of two; a later one does not wait for an earlier one.</param>
internal sealed record StreamLoad(string Name, long Length, long Pace, TimeSpan Every);

/// <inheritdoc cref="StreamLoad"/>
internal sealed class StreamClient : IDisposable
{
    /// <summary>A connection that has heard nothing for so long counts as broken: longer than the faults, the bound for
    /// recovery, and what TCP then still waits until it tries again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly StreamLoad _load;
    private readonly NetworkNamespace _place;
    private readonly Incidents _incidents;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<CancellationTokenSource, DateTime> _open = [];
    private readonly Task _running;
    private ulong _seed;
    private long _completed;

    public StreamClient(StreamLoad load, NetworkNamespace place, Incidents incidents, int seed)
    {
        (_load, _place, _incidents, _seed) = (load, place, incidents, (ulong)seed << 32);
        _running = Task.Run(Run);
    }

    public string Name => _load.Name;

    public SilenceWatch Silence { get; } = new();

    /// <summary>Streams that came whole and right.</summary>
    public long Completed => Interlocked.Read(ref _completed);

    /// <summary>Gives up connections that are older than this: the chain has forgotten them, and nobody will ever tell.</summary>
    /// <returns>How many there were.</returns>
    public int GiveUpBefore(DateTime time)
    {
        var old = _open.Where(o => o.Value < time && _open.TryRemove(o)).ToList();
        foreach (var (limit, _) in old)
        {
            try
            {
                limit.CancelAfter(TimeSpan.Zero);
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself meanwhile.
            }
        }

        return old.Count;
    }

    /// <summary>Waits until a stream that begins after this call has come whole.</summary>
    public async Task<bool> FetchOne(TimeSpan patience)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(patience);
        try
        {
            await Fetch(Interlocked.Increment(ref _seed), limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        _running.Wait();
        _stop.Dispose();
    }

    private async Task Run()
    {
        var open = new List<Task>();
        try
        {
            while (true)
            {
                open.RemoveAll(t => t.IsCompleted);
                open.Add(Watch(Interlocked.Increment(ref _seed)));
                await Task.Delay(_load.Every, _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task Watch(ulong seed)
    {
        try
        {
            await Fetch(seed, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The end of the session.
        }
    }

    private async Task Fetch(ulong seed, CancellationToken stop)
    {
        var began = DateTime.UtcNow;
        using var check = new StreamCheck(seed, _load.Length);
        using var socket = _place.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
        Silence.Begin(socket);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var buffer = new byte[16 * 1024];
        try
        {
            _open[limit] = began;
            limit.CancelAfter(Patience);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(ClientNetwork.ServerAddress), StreamServer.Port), limit.Token);
            Silence.Heard(socket);
            BinaryPrimitives.WriteUInt64LittleEndian(buffer, seed);
            BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(8), _load.Length);
            BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(16), _load.Pace);
            await socket.SendAsync(buffer.AsMemory(0, StreamServer.QuestionBytes), limit.Token);
            while (true)
            {
                limit.CancelAfter(Patience);
                var count = await socket.ReceiveAsync(buffer, limit.Token);
                Silence.Heard(socket);
                if (count == 0) break;
                check.Take(buffer.AsSpan(0, count));
            }

            check.End();
            if (check.Wrong is null) Interlocked.Increment(ref _completed);
            else _incidents.Add(new Incident(Name, check.Wrong, began, check.IsCutShort));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            if (_open.ContainsKey(limit)) _incidents.Add(new Incident(Name, $"a connection heard nothing for {Patience.TotalSeconds:0} s", began, IsBreak: true));
        }
        catch (SocketException error) when (!stop.IsCancellationRequested)
        {
            var age = (DateTime.UtcNow - began).TotalMilliseconds;
            _incidents.Add(new Incident(Name, $"a connection broke after {age:0} ms: {error.SocketErrorCode}", began, IsBreak: true));
        }
        finally
        {
            _open.TryRemove(limit, out _);
            Silence.End(socket);
        }
    }
}
