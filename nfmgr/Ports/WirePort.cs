using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports;

/// <summary>
/// A port that is a pair of shared-memory rings to another process on this machine, for demo, tests and benchmarks.
/// Plugs itself in when the program at the far end is there, and again when that one was restarted.
/// </summary>
public sealed class WirePort(string socketPath, WireHello hello, int nodeEventFd) : IPort
{
    private static readonly long RetryTicks = Stopwatch.Frequency / 10;

    private readonly ulong[] _tags = new ulong[64];
    private readonly List<Announcement> _announced = [];
    private WireNodeEnd? _end;
    private FdSocket? _socket;
    private Task? _plugging;
    private Plugged? _plugged;
    private long _lastTry = long.MinValue / 2;
    private ulong _received, _refused, _sent, _unsent, _lostEarlier;

    public PortCounters Counters => new(_received, _lostEarlier + (_end?.Refused ?? 0), _refused, _sent, _unsent);

    public int WaitFd => -1;

    public bool IsNetwork => false;

    public bool CanAcceptTick => _end is null || _end.RecordRoom > 0;

    public bool HasWaiting => _end?.HasFrames ?? false;

    public void Open(PacketPool pool)
    {
        // Plugging in does that.
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        if (_end is not { } end)
        {
            TryPlugIn();
            return 0;
        }

        int received = 0, taken = 0;
        var most = Math.Min(Math.Min(buffers.Length, _tags.Length), end.RecordRoom);
        while (received < most && end.TryPeek(out var frame, out var tag))
        {
            if (frame.Length is > 0 and <= PacketPool.MaxFrameBytes)
            {
                pool.Fill(buffers[received], frame);
                _tags[received++] = tag;
            }
            else
            {
                _refused++; // longer than a packet buffer: never got a clock
            }

            end.Take(frame.Length);
            taken++;
        }

        _received += (ulong)taken;
        if (taken > 0) end.ReleaseTaken();
        else if (end.IsCorrupt || !IsPluggedIn()) Unplug();
        return received;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
        for (var i = 0; i < count; i++)
            _end!.Record(new WireRecord { Tag = _tags[i], Clock = firstClock + (ulong)i, Time = time, Term = term });
        _end!.PublishRecords();
    }

    public void AcceptedTick(ulong clock, long time, ulong term)
    {
        if (_end is not { } end) return;
        end.Record(new WireRecord { Tag = WireRecord.TickTag, Clock = clock, Time = time, Term = term });
        end.PublishRecords();
    }

    public SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        if (_end is not { } end || !end.TrySend(frame, clock, (uint)term))
        {
            _unsent++;
            return SendOutcome.Refused;
        }

        _sent++;
        return SendOutcome.Sent;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        // At the far end is one program, which has no switches to teach.
    }

    public int TakeBack(Span<uint> buffers) => 0;

    public void Flush() => _end?.PublishSent();

    public void Announce(in Announcement announcement)
    {
        // Kept for a far end that comes later.
        _announced.Add(announcement);
        _end?.Announce(announcement);
    }

    public void DiscardWaiting()
    {
        if (_end is not { } end) return;
        while (end.TryPeek(out var frame, out _)) end.Take(frame.Length);
        end.ReleaseTaken();
    }

    public void AnnounceSleep() => _end?.AnnounceSleep();

    public void CancelSleep() => _end?.CancelSleep();

    /// <summary>Plugs in if the far end is there. Greeting it may take a while, so that happens beside the loop.</summary>
    public void TryPlugIn()
    {
        if (_end is not null) return;
        if (Interlocked.Exchange(ref _plugged, null) is { } plugged)
        {
            (_end, _socket) = (plugged.End, plugged.Socket);
            foreach (var announcement in _announced) _end.Announce(announcement);
            return;
        }

        var now = Stopwatch.GetTimestamp();
        if (_plugging is { IsCompleted: false } || now - _lastTry < RetryTicks) return;
        _lastTry = now;
        if (!File.Exists(socketPath)) return; // a failed connect costs an exception, ten times a second
        _plugging = Task.Run(() =>
        {
            try
            {
                var end = WirePlug.Connect(socketPath, hello, nodeEventFd, out var socket);
                Volatile.Write(ref _plugged, new Plugged(end, socket));
            }
            catch (IOException)
            {
                // Nobody at the far end yet: the port is down, and tries again.
            }
        });
    }

    public void Dispose()
    {
        _plugging?.Wait(TimeSpan.FromSeconds(3));
        TryPlugIn(); // takes what was plugged in meanwhile, so that it is closed too
        Unplug();
    }

    private bool IsPluggedIn()
    {
        var now = Stopwatch.GetTimestamp();
        if (now - _lastTry < RetryTicks) return true;
        _lastTry = now;
        return !_socket!.IsClosed;
    }

    private void Unplug()
    {
        _lostEarlier += _end?.Refused ?? 0;
        _end?.Dispose();
        _socket?.Dispose();
        (_end, _socket) = (null, null);
    }

    private sealed record Plugged(WireNodeEnd End, FdSocket Socket);
}
