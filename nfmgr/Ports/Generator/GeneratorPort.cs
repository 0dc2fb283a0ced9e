using System.Diagnostics;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>
/// A port that makes its frames itself, in memory, and measures how long those of the other side have taken. Shows what a
/// chain can do without a network in the way, like DPDK's null device.
/// </summary>
public sealed class GeneratorPort : IPort
{
    /// <summary>Frames a second; more than any chain takes.</summary>
    public const long MaxRate = 1_000_000_000;

    private readonly GeneratedFrames _frames;
    private readonly Schedule _schedule = new();
    private readonly DueTimer _timer = new();
    private Measurement _wanted, _current;
    private ulong _taken, _sent;
    private long _now;
    private bool _isOpen;

    /// <param name="rate">Frames a second to begin with; 0 for none.</param>
    /// <param name="flows">How many five-tuples take turns.</param>
    /// <param name="frameBytes">Length of frames without FCS, or 0 for a mix.</param>
    /// <param name="fromLeft">Which side this port is on.</param>
    public GeneratorPort(long rate, int flows, int frameBytes, bool fromLeft)
    {
        _wanted = _current = new Measurement(rate);
        _frames = new GeneratedFrames(flows, frameBytes, fromLeft);
    }

    public PortCounters Counters => new(_taken, _schedule.Missed, 0, _sent, 0);

    public int WaitFd => _timer.Fd;

    public bool IsNetwork => false;

    public bool CanAcceptTick => true;

    public bool HasWaiting => _isOpen && Now >= _schedule.Next;

    private static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Ends the present measurement and begins the next one; from any thread but the root's.</summary>
    /// <param name="rate">Frames a second from now on; 0 for none.</param>
    /// <param name="patience">How long to wait for the root.</param>
    /// <returns>The measurement that has ended.</returns>
    /// <exception cref="TimeoutException">The root takes nothing in: this node does not rule.</exception>
    public Measurement Measure(long rate, TimeSpan patience)
    {
        var ended = Volatile.Read(ref _current);
        var next = new Measurement(rate);
        // Release and acquire: the root sees a whole measurement, and we one that is not written any more.
        Volatile.Write(ref _wanted, next);
        if (SpinWait.SpinUntil(() => Volatile.Read(ref _current) == next, patience)) return ended;
        throw new TimeoutException("the chain takes nothing in; a load needs a node that rules");
    }

    public void Open(PacketPool pool)
    {
        _isOpen = true;
        Begin(_wanted, Now);
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        if (Volatile.Read(ref _wanted) is var wanted && wanted != _current) Change(wanted);
        if (_current.Rate == 0) return 0;
        LookAtClock();
        var count = Math.Min(buffers.Length, _schedule.Due(_now));
        for (var i = 0; i < count; i++) _frames.Write(pool, buffers[i], _schedule.Take());
        _taken += (ulong)count;
        return count;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
    }

    public void AcceptedTick(ulong clock, long time, ulong term)
    {
    }

    public SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        _sent++;
        LookAtClock();
        if (GeneratedFrames.TryReadStamp(frame, out var due)) _current.Latencies.Add(_now - due);
        return SendOutcome.Sent;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        // There is no network that would want to know.
    }

    public int TakeBack(Span<uint> buffers) => 0;

    public void Flush() => _now = 0;

    public void Announce(in Announcement announcement)
    {
    }

    public void DiscardWaiting()
    {
    }

    public void AnnounceSleep() => _timer.Set(_schedule.Next);

    public void CancelSleep()
    {
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Once a step: two looks cost as much as a packet.</summary>
    private void LookAtClock()
    {
        if (_now == 0) _now = Now;
    }

    private void Change(Measurement next)
    {
        LookAtClock();
        _current.End(_now, _taken, _schedule.Missed, _sent);
        Begin(next, _now);
    }

    private void Begin(Measurement next, long now)
    {
        _schedule.Set(next.Rate, now);
        next.Begin(now, _taken, _schedule.Missed, _sent);
        Volatile.Write(ref _current, next);
    }
}
