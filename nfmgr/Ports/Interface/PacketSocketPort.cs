using System.Diagnostics;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Nfmgr.Interfaces;
using Holdfast.Replicator.Root;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;
using static Holdfast.Nfmgr.Ports.Interface.PacketCalls;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>
/// A port on a network interface by packet sockets, which every driver has. It takes all frames of the interface, also
/// those for others, and none of its own. The link may go down, and the interface may go and come again under its name.
/// </summary>
public sealed class PacketSocketPort : IInterfacePort
{
    private static readonly long WatchTicks = Stopwatch.Frequency / 10;

    private readonly InterfaceQuery _query;
    private readonly PacketSocket _receiver;
    private readonly ReceiveRing _ring;
    private readonly FrameSender _sender;
    private readonly FrameCounts _counts = new();
    private ulong _received, _dropped;
    private long _nextWatch = long.MinValue;
    private int _boundTo;
    private volatile LinkState _state;

    /// <param name="name">The interface, which may come later.</param>
    /// <exception cref="IOException">This process may have no packet sockets, or there is not enough memory.</exception>
    public PacketSocketPort(string name)
    {
        _query = new InterfaceQuery(name);
        _receiver = new PacketSocket(name);
        // Before it hears anything: a standby must find nothing in its ring that the ruler has handled, and pay nothing
        // for the traffic. Open() lifts it.
        DropAll();
        _receiver.Set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "can't leave out own frames");
        _receiver.Set(SOL_PACKET, PACKET_VNET_HDR, 1, "can't ask for unfinished checksums");
        _ring = new ReceiveRing(_receiver);
        _sender = new FrameSender(name, _counts);
        Watch();
    }

    public PortCounters Counters => new(_received, _dropped, _counts.Refused, _sender.Sent, _counts.Unsent);

    public int WaitFd => _receiver.Fd;

    public bool IsNetwork => true;

    public bool CanAcceptTick => true;

    public bool HasWaiting => _ring.HasFrame;

    public InterfaceReport Report() => new(_query.Name, "packet", _state, _counts.RefusedByReason(), _counts.UnsentByReason(),
        Remedies.For(_query.Name, _counts));

    public void Open(PacketPool pool)
    {
        _sender.Prepare(pool);
        _receiver.Set(SOL_SOCKET, SO_DETACH_FILTER, 0, "can't lift the filter");
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        var filled = 0;
        // As many looks as buffers: a flood of refused frames must not hold the loop up.
        for (var look = 0; look < buffers.Length && _ring.TryPeek(out var frame); look++)
        {
            _received++;
            var buffer = buffers[filled];
            var refusal = FrameIntake.Take(frame, pool.Buffer(buffer)[PacketPool.HeadRoom..], out var length);
            _ring.Release();
            if (refusal != Refusal.None)
            {
                _counts.Refuse(refusal);
                continue;
            }

            pool.Place(buffer, PacketPool.HeadRoom, length);
            filled++;
        }

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
        _sender.Send(buffer, frame);
        return SendOutcome.Kept;
    }

    public void SendOwn(ReadOnlySpan<byte> frame) => _sender.SendNow(frame);

    public int TakeBack(Span<uint> buffers) => _sender.TakeBack(buffers);

    public void Flush()
    {
        _sender.Flush();
        Watch();
    }

    public void Announce(in Announcement announcement)
    {
    }

    public void DiscardWaiting()
    {
        for (var i = 0; i < ReceiveRing.Frames && _ring.HasFrame; i++) _ring.Release();
    }

    public void AnnounceSleep() => Watch();

    public void CancelSleep()
    {
    }

    public void Dispose()
    {
        _sender.Dispose();
        _ring.Dispose();
        _receiver.Dispose();
        _query.Dispose();
    }

    /// <summary>Ten times a second: counts, and follows the interface as it goes and comes.</summary>
    private void Watch()
    {
        var now = Stopwatch.GetTimestamp();
        if (now < _nextWatch) return;
        _nextWatch = now + WatchTicks;
        _receiver.TakeError();
        _dropped += _receiver.TakeDropped();
        var index = _query.Index;
        if (index != 0 && index != _boundTo && !TryBind(index)) index = 0;
        _boundTo = index;
        _state = index == 0 ? LinkState.Missing : _query.State;
    }

    private bool TryBind(int index) =>
        _receiver.TryBind(index, ETH_P_ALL) && _sender.TryBind(index)
        && _receiver.TrySet(SOL_PACKET, PACKET_ADD_MEMBERSHIP, new PacketMembership { InterfaceIndex = index, Type = PACKET_MR_PROMISC });

    private unsafe void DropAll()
    {
        // Safe: the kernel copies the one instruction that the program counts.
        var nothing = new FilterInstruction { Code = BPF_RET_K };
        _receiver.Set(SOL_SOCKET, SO_ATTACH_FILTER, new FilterProgram { Length = 1, Instructions = &nothing }, "can't set a filter");
    }
}
