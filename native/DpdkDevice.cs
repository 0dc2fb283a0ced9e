namespace Holdfast.Native;

/// <summary>An Ethernet device that DPDK drives. One thread at a time uses it; any may ask for <see cref="Counters"/>.</summary>
public sealed unsafe class DpdkDevice : IDisposable
{
    // Safe: the handle is the shim's from construction to Dispose, every call checks that it is, and under the lock where
    // another thread may be closing; spans are fixed for the length of a call, and their lengths go along. The shim
    // checks no buffer numbers in Send and Receive: the arguments' docstrings say whose duty that is.

    private readonly string _name;
    private readonly Lock _closing = new();
    private DpdkFacts _facts;
    private nint _handle;

    /// <summary>Takes a device for DPDK.</summary>
    /// <param name="pool">Where frames go; lives longer than this.</param>
    /// <param name="name">"0000:03:00.0", or a virtual device and its arguments, "net_tap0,iface=x".</param>
    /// <param name="request">How it shall be.</param>
    /// <exception cref="DpdkDeviceException">It can't be had.</exception>
    public DpdkDevice(DpdkPool pool, string name, in DpdkRequest request)
    {
        _name = name;
        DpdkCalls.ClearLog();
        Check(DpdkCalls.OpenPort(pool.Handle, name, request, out _facts, out _handle));
    }

    public ref readonly DpdkFacts Facts => ref _facts;

    public DpdkCounters Counters
    {
        get
        {
            lock (_closing) return _handle != 0 && DpdkCalls.Counters(_handle, out var counters) == 0 ? counters : default;
        }
    }

    /// <summary>Whether it has a link; a device that does not know has one. For the thread that sends and receives: asking for
    /// counters can take a card's firmware milliseconds, and must not hold that up.</summary>
    public bool IsUp => DpdkCalls.Link(Handle, out var link) != 0 || link.IsUp != 0;

    /// <summary>From now on frames come in, if buffers for them are lent.</summary>
    /// <exception cref="DpdkDeviceException">It does not start.</exception>
    public void Start() => Check(DpdkCalls.StartPort(Handle, ref _facts));

    /// <summary>Lends buffers and takes frames in.</summary>
    /// <param name="lent">Buffers that <see cref="DpdkPool.CanLend"/>.</param>
    /// <param name="frames">Where descriptions of frames go; their buffers are the caller's.</param>
    /// <returns>How many came.</returns>
    public int Receive(ReadOnlySpan<uint> lent, Span<DpdkFrame> frames)
    {
        fixed (uint* firstLent = lent)
        fixed (DpdkFrame* first = frames)
            return (int)DpdkCalls.Receive(Handle, firstLent, (uint)lent.Length, first, (uint)frames.Length);
    }

    /// <summary>Sends frames.</summary>
    /// <param name="frames">In buffers that <see cref="DpdkPool.CanLend"/>, wholly inside them; those that are sent are
    /// lent from then on.</param>
    /// <returns>How many, from the first on; there was no room for the others.</returns>
    public int Send(ReadOnlySpan<DpdkFrame> frames)
    {
        fixed (DpdkFrame* first = frames) return (int)DpdkCalls.Send(Handle, first, (uint)frames.Length);
    }

    /// <summary>Lets the driver give sent buffers back that it would keep until its queue is full.</summary>
    public void Reclaim() => DpdkCalls.Reclaim(Handle);

    /// <summary>A call like <see cref="Receive"/> that does nothing, to measure what crossing into C costs.</summary>
    public int Nothing(ReadOnlySpan<uint> lent, Span<DpdkFrame> frames)
    {
        fixed (uint* firstLent = lent)
        fixed (DpdkFrame* first = frames)
            return (int)DpdkCalls.Nothing(Handle, firstLent, (uint)lent.Length, first, (uint)frames.Length);
    }

    /// <summary>Waits a moment for what is being sent, takes all buffers from the driver, and gives the device back.</summary>
    public void Dispose()
    {
        lock (_closing)
        {
            if (_handle == 0) return;
            DpdkCalls.ClosePort(_handle);
            _handle = 0;
        }
    }

    private nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    private void Check(int result)
    {
        if (result != 0) throw new DpdkDeviceException(_name, _facts.Stage, result, _facts, DpdkEnvironment.Saying());
    }
}
