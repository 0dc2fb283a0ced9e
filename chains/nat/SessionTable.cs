using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>
/// The sessions, found by inside endpoint or by outside port.
/// </summary>
/// <remarks>
/// Which port a session gets depends on the order in which sessions open and close, and packets of the two directions
/// meet here in no fixed order. So only packets from the left and ticks, which also travel from left to right, open and
/// close sessions. Packets from the right only do to a session what comes out the same in any order: bits are added,
/// the later time is kept.
/// </remarks>
internal sealed class SessionTable
{
    private readonly NatSettings _settings;
    private readonly Map<InsideEndpoint, Session> _sessions;
    private readonly Pool _numbers;
    // Slot + 1 of the session that has a number, 0 for none.
    private readonly StateArray<ushort> _slotOfNumber;
    private readonly Aging _aging;

    public SessionTable(StateDeclaration state, NatSettings settings)
    {
        _settings = settings;
        _aging = new Aging(state, "lastSearch", settings.Timeouts.Shortest);
        _sessions = state.Map<InsideEndpoint, Session>("sessions", settings.Sessions);
        _numbers = state.Pool("numbers", settings.Sessions);
        _slotOfNumber = state.Array<ushort>("slotOfNumber", settings.Sessions);
    }

    public InsideEndpoint EndpointOf(Slot slot) => _sessions.Key(slot);

    public ulong InsideMacOf(Slot slot) => _sessions[slot].InsideMac;

    public ushort OutsidePortOf(Slot slot) => (ushort)_sessions[slot].OutsidePort;

    /// <summary>The session of an inside endpoint, also one that is idle too long but not removed yet.</summary>
    public Slot Find(in InsideEndpoint inside) => _sessions.Find(inside);

    /// <summary>The session that has an outside port, if it counts at this time.</summary>
    public Slot FindLive(ushort outsidePort, byte protocol, long time)
    {
        var number = outsidePort - _settings.PortBase;
        if ((uint)number >= (uint)_settings.Sessions || _slotOfNumber[number] == 0) return Slot.None;
        var slot = Slot.At(_slotOfNumber[number] - 1);
        return _sessions.Key(slot).Protocol == protocol && IsLive(slot, time) ? slot : Slot.None;
    }

    public bool IsLive(Slot slot, long time) => !_aging.IsIdle(_sessions[slot].Seen, time, TimeoutOf(slot));

    /// <summary>The session that a packet from the left belongs to, opened if need be.</summary>
    /// <param name="headers">The packet's; it has ports.</param>
    /// <param name="reason">Why there is none.</param>
    public Slot FindOrOpen(in PacketHeaders headers, out DropReason reason)
    {
        reason = DropReason.NoSession;
        // Nobody outside can ask a question that this could answer.
        if (headers.IcmpKind == IcmpKind.Reply) return Slot.None;
        var inside = InsideEndpoint.SourceOf(headers);
        var slot = Find(inside);
        // A reset ends a connection; there is none to end.
        if (!slot.IsNone || (headers.TcpFlags & TcpFlags.Rst) != 0) return slot;
        reason = DropReason.TableFull;
        return Open(inside);
    }

    /// <summary>Notes what a packet from the inside tells of its session.</summary>
    public void NoteOutbound(Slot slot, in PacketHeaders headers, ulong mac, long time)
    {
        ref readonly var session = ref _sessions[slot];
        if (session.InsideMac != mac) _sessions.Modify(slot).InsideMac = mac;
        // A new connection from the same port; until now the bits were the last one's.
        if (TcpTracking.IsOpening(headers) && (session.Progress.IsClosed() || !IsLive(slot, time)))
            _sessions.Modify(slot).Progress = TcpProgress.None;
        Note(slot, TcpTracking.ProgressOf(headers, fromLeft: true), time);
    }

    /// <summary>Notes what a packet from the outside tells of its session.</summary>
    public void NoteInbound(Slot slot, in PacketHeaders headers, long time) =>
        Note(slot, TcpTracking.ProgressOf(headers, fromLeft: false), time);

    /// <summary>Closes sessions that were idle too long. For packets from the left, and ticks.</summary>
    // By their own due times and not in the order of the table, so that ports go back in the same order whether every
    // tick came or, after a pause, only the last.
    public void CloseIdle(long time)
    {
        if (!_aging.IsSearchDue(time)) return;
        while (true)
        {
            var earliest = long.MaxValue;
            foreach (var slot in _sessions) earliest = Math.Min(earliest, RemovalTimeOf(slot));
            if (earliest > time) return;
            foreach (var slot in _sessions)
            {
                if (RemovalTimeOf(slot) == earliest) Close(slot);
            }
        }
    }

    /// <summary>Opens a session; none when all ports are taken: those of others are never shared or taken away (RFC 4787
    /// REQ-3, RFC 5382 REQ-7).</summary>
    private Slot Open(in InsideEndpoint inside)
    {
        if (!_numbers.TryTake(out var number)) return Slot.None;
        var slot = _sessions.FindOrAdd(inside);
        _sessions.Modify(slot).OutsidePort = _settings.PortBase + number;
        _slotOfNumber.Modify(number) = (ushort)(slot.Index + 1);
        return slot;
    }

    private void Close(Slot slot)
    {
        var number = _sessions[slot].OutsidePort - _settings.PortBase;
        _slotOfNumber.Modify(number) = 0;
        _numbers.Return(number);
        _sessions.Remove(slot);
    }

    // Most packets change nothing here, and what does not change need not be replicated.
    private void Note(Slot slot, TcpProgress added, long time)
    {
        ref readonly var session = ref _sessions[slot];
        var progress = session.Progress | added;
        if (session.Progress != progress) _sessions.Modify(slot).Progress = progress;
        if (_aging.IsStale(session.Seen, time)) _sessions.Modify(slot).Seen = _aging.Stamp(time);
    }

    private long RemovalTimeOf(Slot slot) => _aging.RemovalTime(_sessions[slot].Seen, TimeoutOf(slot));

    private TimeSpan TimeoutOf(Slot slot) =>
        _settings.Timeouts.Of(_sessions.Key(slot).Protocol, _sessions[slot].Progress);
}
