using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Replicator.Root;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;

namespace Holdfast.Nfmgr.Ports.Interface.Xdp;

/// <summary>
/// A port on a network interface by AF_XDP, with the packet pool as the socket's memory: the kernel receives into the
/// buffers that NFs map, and sends from them. It has buffers with the kernel all the time, and exchanges them.
/// </summary>
public sealed class XdpPort : IInterfacePort
{
    private const int Kept = 2048, OwnFrames = 32, MostKicks = 64;

    private readonly string _name;
    private readonly PacketPool _pool;
    private readonly XdpInterface _interface;
    private readonly PortBuffers _buffers;
    private readonly Umem _umem;
    private readonly FrameCounts _counts = new();
    private readonly BufferExchange _exchange;
    private readonly Lock _statistics = new(); // counters are read from another thread, which must find the socket open
    private XdpSocket? _socket;
    private ulong _sent, _droppedEarlier, _tooLong;
    private bool _isOpen;

    /// <summary>Binds to an interface; no frame comes in before <see cref="Open"/>.</summary>
    /// <param name="interfaceName">An Ethernet interface with one receive queue; it may come later.</param>
    /// <param name="pool">Must live longer than the port.</param>
    /// <param name="bind">How to bind.</param>
    /// <exception cref="XdpException">The interface or the kernel can't do that, or this process may not.</exception>
    public XdpPort(string interfaceName, PacketPool pool, XdpBind bind)
    {
        (_name, _pool) = (interfaceName, pool);
        _umem = Umem.Of(pool);
        _buffers = new PortBuffers(pool.Count);
        _exchange = new BufferExchange(_umem, _buffers, _counts);
        _interface = new XdpInterface(interfaceName, pool, Kept, bind);
        try
        {
            _socket = _interface.BindIfThere();
            _exchange.IsZeroCopy = _interface.IsZeroCopy;
        }
        catch
        {
            _interface.Dispose();
            throw;
        }
    }

    /// <summary>Why the interface is not bound in a better way, or null.</summary>
    public string? WhyNoBetter => _interface.WhyNoBetter;

    public PortCounters Counters
    {
        get
        {
            lock (_statistics) return new(_exchange.Received, DroppedByKernel, _counts.Refused, _sent, _counts.Unsent);
        }
    }

    // A socket without interface would end every sleep at once.
    public int WaitFd => _socket is { } socket && _isOpen ? socket.Fd : -1;

    public int BuffersKept => Kept;

    public bool IsNetwork => true;

    public bool CanAcceptTick => true;

    public bool HasWaiting => _isOpen && _socket is { Received.Available: > 0 };

    public InterfaceReport Report() => new(_name, _interface.Mode, _interface.State, _counts.RefusedByReason(),
        _counts.UnsentByReason(), _interface.Trouble ?? Remedies.For(_name, _counts));

    public void Lend(ReadOnlySpan<uint> buffers)
    {
        // A few stay back for frames of the port's own.
        _buffers.OwnReserve = Math.Min(OwnFrames, buffers.Length / 4);
        foreach (var buffer in buffers)
        {
            if (_exchange.IsForKernel(buffer)) _buffers.AddSpare(buffer);
        }
    }

    public void Open(PacketPool pool)
    {
        _isOpen = true;
        if (_socket is { } socket) Begin(socket);
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        if (_socket is not { Received.Available: > 0 } socket) return 0;
        var filled = _exchange.Receive(socket.Received, pool, buffers);
        Refill(socket);
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
        if (!_exchange.IsForKernel(buffer)) return SendCopy(frame) ? SendOutcome.Sent : SendOutcome.Refused;
        // From where the frame was found, not from the metadata, which an NF may have changed since.
        var offset = Unsafe.ByteOffset(ref MemoryMarshal.GetReference(pool.Buffer(buffer)), ref MemoryMarshal.GetReference(frame));
        if (offset < 0 || offset + frame.Length > PacketPool.BufferBytes)
            throw new ArgumentException($"the frame is not in buffer {buffer}", nameof(frame));
        _buffers.Set(buffer, BufferUse.Sending);
        Transmit(buffer, (int)offset, frame.Length);
        return SendOutcome.Kept;
    }

    public bool HasRoomForOwn => _buffers.HasSpare;

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        if (CanSend(frame)) SendCopy(frame);
    }

    public int TakeBack(Span<uint> buffers)
    {
        var count = 0;
        while (count < buffers.Length && _buffers.TryTakeOrphan(out var orphan)) buffers[count++] = orphan;
        return _socket is { } socket ? count + _exchange.TakeBack(socket.Completed, buffers[count..]) : count;
    }

    public void Flush()
    {
        if (_socket is { } socket)
        {
            socket.Transmit.Publish();
            Kick(socket);
        }

        Look();
    }

    public void Announce(in Announcement announcement)
    {
        // Goes to who judges a wire; on a network the root announces by SendOwn.
    }

    public void DiscardWaiting()
    {
        // Nothing waits: before Open, frames pass by the socket.
    }

    public void AnnounceSleep() => Look();

    public void CancelSleep()
    {
    }

    public void Dispose()
    {
        // The kernel must have let go of the buffers before the pool's memory ends.
        CloseSocket();
        _interface.Dispose();
    }

    private ulong DroppedByKernel => _droppedEarlier + (_socket?.Statistics.DroppedForRoom ?? 0);

    private void Begin(XdpSocket socket)
    {
        Refill(socket);
        socket.Admit();
    }

    private void Refill(XdpSocket socket)
    {
        if (_exchange.Refill(socket.Fill) && socket.Fill.NeedsWakeup) socket.WakeReceiver();
    }

    private bool CanSend(ReadOnlySpan<byte> frame)
    {
        // A copying kernel says it has sent what is too long for the device.
        if (!_isOpen || _socket is not { } socket || _interface.State != LinkState.Up) return Fail(SendError.LinkDown);
        if (frame.Length > LongestOf(frame)) return Fail(SendError.TooLong);
        return HasRoom(socket) || Fail(SendError.NoRoom);
    }

    private bool Fail(SendError reason)
    {
        _counts.Fail(reason, 1);
        return false;
    }

    private bool HasRoom(XdpSocket socket)
    {
        if (socket.Transmit.Room > 0) return true;
        socket.Transmit.Publish();
        Kick(socket);
        return socket.Transmit.Room > 0;
    }

    private int LongestOf(ReadOnlySpan<byte> frame)
    {
        var isTagged = frame.Length > Ethernet.HeaderBytes
            && BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) is EtherTypes.Vlan or EtherTypes.ServiceVlan;
        return _interface.Mtu + Ethernet.HeaderBytes + (isTagged ? Ethernet.VlanTagBytes : 0);
    }

    private bool SendCopy(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > PacketPool.MaxFrameBytes) return Fail(SendError.TooLong);
        if (!_buffers.TryTakeForSending(out var buffer)) return Fail(SendError.NoRoom);
        frame.CopyTo(_pool.Buffer(buffer)[PacketPool.HeadRoom..]);
        Transmit(buffer, PacketPool.HeadRoom, frame.Length);
        return true;
    }

    private void Transmit(uint buffer, int offset, int length)
    {
        _socket!.Transmit.Put(new XdpDescriptor { Address = _umem.AddressOf(buffer, offset), Length = (uint)length });
        _sent++;
    }

    private void Kick(XdpSocket socket)
    {
        for (var kicks = 0; kicks < MostKicks && socket.Transmit.Unread is not 0 and var unread && socket.Transmit.NeedsWakeup; kicks++)
        {
            switch (socket.Kick())
            {
                case 0:
                    break;
                case EBUSY: // one frame was taken and lost
                    _sent--;
                    _counts.Fail(_interface.State == LinkState.Up ? SendError.NoRoom : SendError.LinkDown, 1);
                    break;
                case EAGAIN or ENOBUFS:
                    if (socket.Transmit.Unread == unread) return; // the device is full; the next flush tries again
                    break;
                default:
                    return; // the interface is down or gone; frames wait until it is up
            }
        }
    }

    /// <summary>May close the socket, so nothing that goes on with it may call this.</summary>
    private void Look()
    {
        if (!_interface.Look()) return;
        CountTooLong();
        if (_socket is not null && !_interface.IsBound) CloseSocket();
        if (_socket is not null || _interface.TryBindAgain() is not { } socket) return;
        lock (_statistics) _socket = socket;
        _exchange.IsZeroCopy = _interface.IsZeroCopy;
        if (!_isOpen) return;
        try
        {
            Begin(socket);
        }
        catch (XdpException)
        {
            CloseSocket(); // the interface has gone again; the next look says so
        }
    }

    /// <summary>What the kernel would not even copy. The MTU is below the room in a buffer, so it was several segments in
    /// one frame.</summary>
    private void CountTooLong()
    {
        if (_socket is not { } socket) return;
        var tooLong = socket.Statistics.TooLong;
        _counts.Refuse(Refusal.Giant, tooLong - _tooLong);
        _tooLong = tooLong;
    }

    private void CloseSocket()
    {
        XdpSocket? closing;
        lock (_statistics)
        {
            _droppedEarlier = DroppedByKernel;
            _tooLong = 0;
            (closing, _socket) = (_socket, null);
        }

        // The kernel takes its time for that, and who asks for counters must not wait.
        closing?.Dispose();

        _buffers.KernelLetGo();
    }
}
