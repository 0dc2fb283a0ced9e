using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.Nfmgr.Ports;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The thread that runs a chain's root.</summary>
internal sealed class RootLoop : IDisposable
{
    private const long TickSleep = 10_000_000, OpenSleep = 1_000_000;

    private readonly ChainRoot _root;
    private readonly IPort[] _ports;
    private readonly Doorbell _bell;
    private readonly Waiting _waiting;
    private readonly Thread _thread;
    private readonly Action<string> _failed;
    private volatile bool _stop;

    /// <param name="root">The root.</param>
    /// <param name="ports">Its ports.</param>
    /// <param name="bell">Where this loop sleeps.</param>
    /// <param name="strategy">What to do when idle.</param>
    /// <param name="failed">Called when the root found an NF doing something impossible; the loop has ended then.</param>
    public RootLoop(ChainRoot root, IPort[] ports, Doorbell bell, WaitStrategy strategy, Action<string> failed)
    {
        _root = root;
        _ports = ports;
        _bell = bell;
        _waiting = new Waiting(strategy);
        _failed = failed;
        _thread = new Thread(Run) { IsBackground = true, Name = "root" };
    }

    /// <summary>Bytes that this thread has allocated; flat while packets flow.</summary>
    public long AllocatedBytes { get; private set; }

    public ulong Stalls => _waiting.Stalls;

    public void Start() => _thread.Start();

    /// <summary>Ends the loop; after this the root sends nothing more.</summary>
    public void Dispose()
    {
        _stop = true;
        _bell.Ring();
        if (_thread.IsAlive && _thread != Thread.CurrentThread) _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (!_stop)
            {
                var now = Clock.Now;
                if (_root.DoWork(now, Clock.Wall(now)) > 0)
                {
                    _waiting.Worked();
                    continue;
                }

                if (!_root.IsRuling || _waiting.ShouldSleep()) Sleep();
            }
        }
        catch (Exception error) when (error is ChainFaultException or InvalidDataException)
        {
            _failed($"the chain is broken: {error.Message}");
        }
        catch (IOException error)
        {
            _failed($"a port failed: {error.Message}");
        }
        catch (Exception error)
        {
            // A mistake of ours. This life must end, but the node can live on, and its peer has the state.
            _failed($"the root failed, please report this: {error}");
        }
    }

    private unsafe void Sleep()
    {
        foreach (var port in _ports)
        {
            if (port is WirePort wire) wire.TryPlugIn();
        }

        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        _bell.AnnounceSleep();
        foreach (var port in _ports) port.AnnounceSleep();
        if (!_root.HasWork && !_stop)
        {
            // Anything in the open checkpoint or the latch must not wait for longer than a millisecond.
            var timeout = new Libc.TimeSpec { Nanoseconds = _root.HasOpenCheckpoint ? OpenSleep : TickSleep };
            var fds = stackalloc Libc.PollFd[3]; // safe: three are written, as many are named to the kernel
            fds[0] = new Libc.PollFd { Fd = _bell.EventFd, Events = Libc.POLLIN };
            // A port is not polled while there is no room for its frames: they would end the sleep at once.
            fds[1] = new Libc.PollFd { Fd = WaitFdOf(Direction.LeftToRight), Events = Libc.POLLIN };
            fds[2] = new Libc.PollFd { Fd = WaitFdOf(Direction.RightToLeft), Events = Libc.POLLIN };
            _ = Libc.PPoll(fds, 3, &timeout, null); // safe: both are locals that outlive the call
        }

        _bell.Awake();
        foreach (var port in _ports) port.CancelSleep();
    }

    // The kernel passes over negative descriptors.
    private int WaitFdOf(Direction direction) => _root.CanReceive(direction) ? _ports[(int)direction].WaitFd : -1;
}
