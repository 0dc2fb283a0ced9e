using Holdfast.NfLib.Memory;
using Holdfast.Replicator;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The thread that runs a node's replicator.</summary>
internal sealed unsafe class ReplicatorLoop : IDisposable
{
    private const long HeartbeatInterval = 1_000_000;
    private const int Niceness = -15;

    private readonly ReplicationAgent _agent;
    private readonly TcpTransport _transport;
    private readonly int _eventFd;
    private readonly Thread _thread;
    private readonly Action<string> _ended;
    private readonly System.Collections.Concurrent.ConcurrentQueue<(Action Run, Action Cancel)> _calls = new();
    private volatile bool _stop;
    private bool _finished;
    private int _asleep;

    /// <param name="agent">The replicator.</param>
    /// <param name="transport">Its connections.</param>
    /// <param name="eventFd">Wakes this loop.</param>
    /// <param name="ended">Called when the protocol has ended this life, or the disk failed.</param>
    public ReplicatorLoop(ReplicationAgent agent, TcpTransport transport, int eventFd, Action<string> ended)
    {
        _agent = agent;
        _transport = transport;
        _eventFd = eventFd;
        _ended = ended;
        _thread = new Thread(Run) { IsBackground = true, Name = "replicator" };
    }

    public long AllocatedBytes { get; private set; }

    public void Start() => _thread.Start();

    /// <summary>Called by the root's loop when there is news on the board.</summary>
    public void Wake()
    {
        // Full fence: the board was written before we look whether the loop sleeps.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _asleep) == 0 || Interlocked.Exchange(ref _asleep, 0) == 0) return;
        WriteEvent();
    }

    /// <summary>Runs something on this loop's thread, which alone may touch the protocol core, and waits for it.</summary>
    /// <exception cref="TimeoutException">The loop has ended, or does not answer.</exception>
    public T Call<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_calls)
        {
            // Once the loop has finished, its event descriptor is closed and its number may be another file's.
            if (_finished) throw new TimeoutException("this life of the node has just ended; ask again");
            _calls.Enqueue((() => Run(function, done), () => done.TrySetCanceled()));
            WriteEvent();
        }

        try
        {
            return done.Task.Wait(TimeSpan.FromSeconds(5)) ? done.Task.Result
                : throw new TimeoutException("the replicator does not answer");
        }
        catch (AggregateException error) when (error.InnerException is { } cause)
        {
            throw new TimeoutException(cause is TaskCanceledException ? "this life of the node has just ended; ask again"
                : $"it failed, and this life of the node ends: {cause.Message}");
        }
    }

    public void Dispose()
    {
        _stop = true;
        WriteEvent();
        if (_thread.IsAlive && _thread != Thread.CurrentThread) _thread.Join();
    }

    private void Run()
    {
        // Heartbeats that are late because others compete for the core look like a dead node to the peer. Refused to an
        // ordinary user, whose node then works, but is succeeded sooner on a busy machine.
        _ = Libc.SetPriority(0, 0, Niceness);
        Libc.TakeShortTurns();
        try
        {
            _agent.Start(Clock.Now);
            while (!_stop && _agent.Ended is null)
            {
                while (_calls.TryDequeue(out var call)) call.Run();
                if (_agent.DoWork(Clock.Now) > 0)
                {
                    _transport.Wait(0);
                    continue;
                }

                AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
                Interlocked.Exchange(ref _asleep, 1);
                // Look once more: what the root wrote before it saw us asleep is handled now.
                if (_agent.HasNews) { Volatile.Write(ref _asleep, 0); continue; }
                _transport.Wait(HeartbeatInterval);
                Volatile.Write(ref _asleep, 0);
            }

            if (_agent.Ended is { } why) _ended(why);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or Storage.NodeStoreException)
        {
            _ended($"the state directory failed: {error.Message}");
        }
        finally
        {
            lock (_calls) _finished = true;
            CancelCalls();
        }
    }

    private static void Run<T>(Func<T> function, TaskCompletionSource<T> done)
    {
        try
        {
            done.TrySetResult(function());
        }
        catch (Exception error)
        {
            // Whoever asked hears of it too. It ends the loop all the same: what failed may be a term that is not on disk.
            done.TrySetException(error);
            throw;
        }
    }

    private void CancelCalls()
    {
        while (_calls.TryDequeue(out var call)) call.Cancel();
    }

    private void WriteEvent()
    {
        ulong one = 1;
        _ = Libc.Write(_eventFd, &one, sizeof(ulong)); // safe: a local of the size that eventfd takes
    }
}
