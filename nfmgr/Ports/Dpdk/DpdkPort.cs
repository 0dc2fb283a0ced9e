using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Native;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Nfmgr.Devices;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>
/// A port on a device that DPDK drives: the driver receives into the packet pool, which NFs map, and sends from it. The
/// device runs from the start of the node on, since some need seconds for that; what it receives before the node rules is
/// thrown away when it does.
/// </summary>
public sealed class DpdkPort : IInterfacePort
{
    /// <summary>Drivers can't wake a sleeper here, so it looks that often, in nanoseconds; less often the longer nothing came, so that
    /// an idle node costs little and a frame still waits for no more than a sixty-fourth of the time before it.</summary>
    private const long ShortestLook = 50_000, LongestLook = 1_000_000, LooksPerIdleTime = 64;

    /// <summary>More than any queue holds of what came in before this node ruled.</summary>
    private const int MostStale = 16_384;

    private const int Burst = 32, ReservePerQueue = 4 * Burst, MostUnsent = 1024, BurstsWhilePassive = 64;

    /// <summary>A queue that stays empty for so long has nothing behind it.</summary>
    private static readonly long EmptyTicks = Stopwatch.Frequency / 5_000;

    private static readonly long WatchTicks = Stopwatch.Frequency / 10;

    private readonly DpdkMemory _memory;
    private readonly DpdkDevice _device;
    private readonly DeviceName _name;
    private readonly DpdkIntake _intake;
    private readonly SendQueue _queue;
    private readonly FrameCounts _counts = new();
    private readonly int _queues, _longest;
    private readonly DpdkFrame[] _frames = new DpdkFrame[Burst];
    private readonly uint[] _owed = new uint[Burst]; // for the driver, with the next call
    private uint[] _unfit = []; // lent, but no device can be given them
    private ulong _received, _missedBefore;
    private long _nextWatch = long.MinValue, _lastFrame = Stopwatch.GetTimestamp();
    private int _owedCount;
    private bool _hasReceived; // since the loop last wanted to sleep
    private bool _hasLooked; // for frames, since buffers were last taken back
    private bool _isStarted;
    private volatile bool _isOpen;
    private volatile LinkState _state = LinkState.Down;

    /// <summary>Takes the device.</summary>
    /// <param name="memory">Lives longer than the port.</param>
    /// <param name="name">The device.</param>
    /// <param name="queues">That it receives into.</param>
    /// <param name="descriptors">Room of each of them, in frames.</param>
    /// <param name="vlan">The VLAN whose frames cross the chain, untagged; 0 for all as they are.</param>
    /// <exception cref="DpdkException">It can't be had; the message says why and what to do.</exception>
    public DpdkPort(DpdkMemory memory, DeviceName name, int queues, int descriptors, int vlan)
    {
        (_memory, _name, _queues) = (memory, name, queues);
        try
        {
            _device = new DpdkDevice(memory.Pool, name.Text, new DpdkRequest { Queues = (uint)queues, Descriptors = (uint)descriptors });
        }
        catch (DpdkDeviceException failure)
        {
            throw OpenFailure.Explain(failure, name, queues);
        }

        // What a virtual device takes, only its driver knows; a network card would send whatever it is told to.
        ref readonly var facts = ref _device.Facts;
        _longest = facts.IsPhysical != 0 ? (int)facts.Mtu + SendQueue.HeadersAroundMtu : PacketPool.MaxFrameBytes;
        _intake = new DpdkIntake(memory.Packets, _counts, vlan, name.IsOnKernelInterface);
        _queue = new SendQueue(_device, memory, _counts, vlan, MostUnsent);
    }

    public PortCounters Counters
    {
        get
        {
            var device = _device.Counters;
            return new(_received, _isOpen ? device.Missed - Math.Min(_missedBefore, device.Missed) : 0, _counts.Refused, _queue.Sent, _counts.Unsent + device.SendErrors);
        }
    }

    public int WaitFd => -1;

    public int BuffersKept => _queues * ((int)_device.Facts.ReceiveDescriptors + ReservePerQueue);

    public long LongestSleep => Math.Clamp((long)Stopwatch.GetElapsedTime(_lastFrame).TotalNanoseconds / LooksPerIdleTime, ShortestLook, LongestLook);

    public bool IsNetwork => _name.IsNetwork;

    public bool CanAcceptTick => true;

    public bool HasWaiting => false; // only a burst could tell

    public bool HasRoomForOwn => _queue.HasRoom && _memory.HasSpare;

    public InterfaceReport Report() => new(_name.Text, _device.Facts.Driver.ToString(), _state, _counts.RefusedByReason(), _counts.UnsentByReason(),
        DpdkRemedies.For(_name, _counts, _intake.BadChecksums, hearsAll: _device.Facts is { IsPhysical: 0 } or { HearsAll: not 0 }));

    public void Lend(ReadOnlySpan<uint> buffers)
    {
        var needed = BuffersKept;
        if (buffers.Length < needed)
        {
            throw new DpdkException($"device {_name}: its queues need {needed} packet buffers, and the pool has {buffers.Length} for it; "
                + $"raise chain.packetBuffers by {4 * (needed - buffers.Length)}, or lower its \"queues\" or \"descriptors\"");
        }

        if (_device.Facts.IsPhysical != 0 && DpdkEnvironment.UsesPhysicalAddresses && !_memory.Packets.Memory.OnHugePages)
            throw NeedsHugePages();
        uint[] fit = [.. buffers.ToArray().Where(_memory.CanLend)];
        if (fit.Length < needed - ReservePerQueue)
            throw NeedsHugePages();
        _unfit = [.. buffers.ToArray().Where(buffer => !_memory.CanLend(buffer))];
        _memory.Keep(fit, _queues * ReservePerQueue);
        try
        {
            _device.Start();
            _isStarted = true;
        }
        catch (DpdkDeviceException failure)
        {
            throw OpenFailure.Explain(failure, _name, _queues);
        }
    }

    public void Open(PacketPool pool)
    {
        ThrowAwayStale();
        _missedBefore = _device.Counters.Missed;
        LookAtLink();
        _isOpen = true;
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        var frames = Take(Math.Min(buffers.Length, Burst));
        var filled = 0;
        foreach (ref var frame in frames)
        {
            if (!_intake.Accept(ref frame))
            {
                _owed[_owedCount++] = frame.Buffer;
                continue;
            }

            var given = buffers[filled];
            if (_memory.CanLend(given))
            {
                buffers[filled] = frame.Buffer;
                _owed[_owedCount++] = given;
            }
            else
            {
                pool.Fill(given, pool.Frame(frame.Buffer));
                _owed[_owedCount++] = frame.Buffer;
            }

            filled++;
        }

        _received += (ulong)frames.Length;
        _hasReceived |= frames.Length > 0;
        return filled;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
    }

    public void AcceptedTick(ulong clock, long time, ulong term)
    {
    }

    public SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        if (!CanSend(frame)) return SendOutcome.Refused;
        if (!_memory.CanLend(buffer)) return _queue.AddCopy(frame) ? SendOutcome.Sent : SendOutcome.Refused;
        // From where the frame was found, not from the metadata, which an NF may have changed since.
        var offset = Unsafe.ByteOffset(ref MemoryMarshal.GetReference(pool.Buffer(buffer)), ref MemoryMarshal.GetReference(frame));
        if (offset < 0 || offset + frame.Length > PacketPool.BufferBytes)
            throw new ArgumentException($"the frame is not in buffer {buffer}", nameof(frame));
        return _queue.Add(buffer, (int)offset, frame.Length) ? SendOutcome.Kept : SendOutcome.Refused;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        if (CanSend(frame)) _queue.AddCopy(frame);
    }

    public int TakeBack(Span<uint> buffers)
    {
        // The root asks in each step, also when it takes nothing in or has halted.
        _queue.Flush();
        if (!_hasLooked && _owedCount > 0) _memory.Return(_owed.AsSpan(0, _owedCount));
        if (!_hasLooked) _owedCount = 0;
        _hasLooked = false;
        if (_unfit.Length == 0) return _memory.TakeBack(buffers);
        var back = Math.Min(_unfit.Length, buffers.Length);
        _unfit.AsSpan(0, back).CopyTo(buffers);
        _unfit = _unfit[back..];
        return back + _memory.TakeBack(buffers[back..]);
    }

    public void Flush()
    {
        _queue.Flush();
        Watch();
    }

    public void Announce(in Announcement announcement)
    {
        // Goes to who judges a wire; on a network the root announces by SendOwn.
    }

    public void DiscardWaiting()
    {
        // Open does, whether or not another node ruled before.
    }

    public void AnnounceSleep()
    {
        Watch();
        if (!_isOpen) ThrowAwaySome();
        if (_hasReceived) _lastFrame = Stopwatch.GetTimestamp();
        _hasReceived = false;
    }

    public void CancelSleep()
    {
    }

    public void Dispose()
    {
        if (_isStarted) _queue.Flush();
        _isStarted = false;
        _device.Dispose();
    }

    /// <summary>The kernel may move other pages, and a device that has their physical addresses would not notice.</summary>
    private DpdkException NeedsHugePages() => new($"device {_name}: without an IOMMU the packet pool must lie on huge pages; reserve them as `nfmgr check` says");

    private Span<DpdkFrame> Take(int most)
    {
        var received = _device.Receive(_owed.AsSpan(0, _owedCount), _frames.AsSpan(0, most));
        _owedCount = 0;
        _hasLooked = true;
        return _frames.AsSpan(0, received);
    }

    /// <summary>A standby keeps its queues from filling: some drivers talk to the other end of a cable by what they receive.</summary>
    private void ThrowAwaySome()
    {
        for (var bursts = 0; _isStarted && bursts < BurstsWhilePassive && ThrowAwayBurst() == Burst; bursts++)
        {
        }
    }

    /// <summary>What lies in the device's queues and behind them in its own memory, which refills the queues as they are emptied.</summary>
    private void ThrowAwayStale()
    {
        var last = Stopwatch.GetTimestamp();
        for (var left = _queues * MostStale; left > 0 && Stopwatch.GetTimestamp() - last < EmptyTicks;)
        {
            if (ThrowAwayBurst() is not (> 0 and var thrown)) continue;
            left -= thrown;
            last = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Throws away what a standby hears, as far as it is a network's: recordings are no copies of what another node has
    /// handled.</summary>
    private int ThrowAwayBurst()
    {
        if (!IsNetwork) return 0;
        var frames = Take(Burst);
        foreach (ref readonly var frame in frames) _owed[_owedCount++] = frame.Buffer;
        return frames.Length;
    }

    private bool CanSend(ReadOnlySpan<byte> frame)
    {
        if (_state == LinkState.Up && frame.Length <= _longest) return true;
        _counts.Fail(_state == LinkState.Up ? SendError.TooLong : SendError.LinkDown, 1);
        return false;
    }

    /// <summary>Ten times a second: whether there is a link, and frames leave and their buffers come back.</summary>
    private void Watch()
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _nextWatch || !_isStarted) return;
        _nextWatch = now + WatchTicks;
        LookAtLink();
        _queue.DropIfStuck();
        _device.Reclaim();
    }

    private void LookAtLink() => _state = _device.IsUp ? LinkState.Up : LinkState.Down;
}
