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
    private const long TickSleep = 10_000_000, OpenSleep = 1_000_000, InspectionInterval = 100_000_000;

    /// <summary>Of a timer that ends a sleep, in nanoseconds; 50,000 by default, which would double the sleeps of a port that wakes nobody.</summary>
    private const ulong ShortSlack = 1_000;

    private readonly ChainRoot _root;
    private readonly IPort[] _ports;
    private readonly Doorbell _bell;
    private readonly Waiting _waiting;
    private readonly Thread _thread;
    private readonly Action<int, string> _violated;
    private readonly Action<string> _failed;
    private readonly int _core;
    private volatile bool _stop;
    private long _inspected;

    /// <param name="root">The root.</param>
    /// <param name="ports">Its ports.</param>
    /// <param name="bell">Where this loop sleeps.</param>
    /// <param name="strategy">What to do when idle.</param>
    /// <param name="core">The core to run on; -1 for any.</param>
    /// <param name="violated">Called with an NF's place and what it did, when that can't be; the root has halted then, and the
    /// loop goes on only to take back what ports have.</param>
    /// <param name="failed">Called when the root can't go on for another reason; the loop has ended then.</param>
    public RootLoop(ChainRoot root, IPort[] ports, Doorbell bell, WaitStrategy strategy, int core, Action<int, string> violated,
        Action<string> failed)
    {
        _root = root;
        _ports = ports;
        _bell = bell;
        _waiting = new Waiting(strategy);
        _core = core;
        _violated = violated;
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
        if (_core >= 0) _ = Libc.BindToCore(_core); // checked before the node started
        if (LongestSleep() < TickSleep) _ = Libc.Prctl(Libc.PR_SET_TIMERSLACK, ShortSlack, 0, 0, 0);
        Libc.TakeShortTurns(); // a process that is torn down must not keep it waiting
        try
        {
            while (!_stop)
            {
                if (Step() > 0) _waiting.Worked();
                else if (!_root.IsRuling || _waiting.ShouldSleep()) Sleep();
            }
        }
        catch (ChainFaultException fault)
        {
            _failed($"the chain is broken: {fault.Message}");
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

    private int Step()
    {
        var now = Clock.Now;
        try
        {
            var work = _root.DoWork(now, Clock.Wall(now));
            if (now - _inspected < InspectionInterval) return work;
            _inspected = now;
            _root.Inspect(now);
            return work;
        }
        catch (ChainFaultException fault) when (fault.Function is { } function)
        {
            _violated(function, fault.What);
            return 1;
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
            var timeout = new Libc.TimeSpec { Nanoseconds = Math.Min(_root.HasOpenCheckpoint ? OpenSleep : TickSleep, _root.IsRuling ? LongestSleep() : TickSleep) };
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

    private long LongestSleep()
    {
        var longest = long.MaxValue;
        foreach (var port in _ports) longest = Math.Min(longest, port.LongestSleep);
        return longest;
    }

    // The kernel passes over negative descriptors.
    private int WaitFdOf(Direction direction) => _root.CanReceive(direction) ? _ports[(int)direction].WaitFd : -1;
}
