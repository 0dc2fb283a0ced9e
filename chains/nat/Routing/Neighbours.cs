using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat.Routing;

/// <summary>
/// The hardware addresses of the hosts on the right that packets go to (RFC 826), in the state, so that a successor need
/// not ask again.
/// </summary>
/// <remarks>
/// Only packets from the left make entries, so nothing that comes from the right can fill the table. Entries that
/// nobody answers for make room for new ones, so a scan from the left can't fill it either.
/// </remarks>
internal sealed class Neighbours(StateDeclaration state, uint nextHop)
{
    public const int Capacity = 64;

    public const long Second = 1_000_000_000;

    /// <summary>Not seen for so long: it is asked whether it is still there.</summary>
    public const long ProbeAfter = 60 * Second;

    /// <summary>Packets that are too long to be parked are lost as probes, so they wait longer for a short one.</summary>
    public const long SacrificeAfter = 90 * Second;

    /// <summary>Questions, a second apart (RFC 1122 2.3.2.1), before it counts as unreachable.</summary>
    public const int MaxAsks = 3;

    /// <summary>For so long after the last question nobody asks again.</summary>
    public const long UnreachableFor = 5 * Second;

    private const long RemoveUnanswered = 10 * Second, RemoveUnused = 600 * Second;

    private readonly Map<uint, Neighbour> _table = state.Map<uint, Neighbour>("neighbours", Capacity);
    private readonly ParkingPlaces _parked = new(state);
    private readonly Counter _lastSearch = state.Counter("neighbourSearch");

    public Slot Find(uint address) => _table.Find(address);

    public ulong MacOf(Slot slot) => _table[slot].Mac;

    /// <summary>Whether all questions for it went unanswered, a short while ago.</summary>
    public bool IsUnreachable(Slot slot, long time)
    {
        if (slot.IsNone) return false;
        ref readonly var entry = ref _table[slot];
        var since = time - entry.Asked;
        return entry.Mac == 0 && entry.Asks >= MaxAsks && since >= Second && since < Second + UnreachableFor;
    }

    /// <summary>How a packet can go to the neighbour, and notes the question if one is to be asked.</summary>
    /// <param name="address">On the segment on the right.</param>
    /// <param name="slot">Its entry; made if there was none.</param>
    /// <param name="time">The packet's.</param>
    /// <param name="isParkable">Whether the packet could wait for the answer.</param>
    public Resolution Resolve(uint address, ref Slot slot, long time, bool isParkable)
    {
        if (slot.IsNone)
        {
            slot = Add(address, time);
            if (slot.IsNone) return Resolution.Full;
            return Ask(slot, time, asks: 1, Resolution.Ask);
        }

        ref readonly var entry = ref _table[slot];
        return entry.Mac == 0 ? ResolveUnknown(slot, entry, time) : ResolveKnown(slot, entry, time, isParkable);
    }

    /// <summary>Notes what a neighbour tells of itself, if its address was asked for.</summary>
    public Slot Learn(uint address, ulong mac, long time)
    {
        var slot = _table.Find(address);
        if (slot.IsNone) return slot;
        ref var entry = ref _table.Modify(slot);
        entry.Mac = mac;
        entry.Confirmed = Math.Max(entry.Confirmed, Stamp(time));
        entry.Asks = 0;
        return slot;
    }

    /// <summary>Notes that a packet came from a neighbour's hardware address; changes state at most once a
    /// second.</summary>
    public void Confirm(uint address, ulong mac, long time)
    {
        var slot = _table.Find(address);
        if (slot.IsNone || _table[slot].Mac != mac || time - _table[slot].Confirmed < Second) return;
        ref var entry = ref _table.Modify(slot);
        entry.Confirmed = Stamp(time);
        entry.Asks = 0;
    }

    /// <summary>Parks a copy of a packet for a neighbour, instead of the one that waits already (RFC 1122
    /// 2.3.2.2).</summary>
    /// <returns>False when all places are taken.</returns>
    public bool Park(Slot slot, ReadOnlySpan<byte> frame, long time)
    {
        var place = _table[slot].Parked - 1;
        if (place < 0)
        {
            place = _parked.FindFree();
            if (place < 0) return false;
            _table.Modify(slot).Parked = (byte)(place + 1);
        }

        _parked.Put(place, frame, time);
        return true;
    }

    /// <summary>Takes the packet that waits for a neighbour out of its place, which is free from then on: a parked packet
    /// is sent once.</summary>
    /// <returns>The packet, until the next one is parked; nothing if none waits, or for too long.</returns>
    public ReadOnlySpan<byte> Unpark(Slot slot, long time)
    {
        var place = _table[slot].Parked - 1;
        if (place < 0) return default;
        _table.Modify(slot).Parked = 0;
        return _parked.Take(place, time);
    }

    /// <summary>Forgets who does not answer and who was not seen for long, all but the next hop.</summary>
    public void Age(long time)
    {
        if (time - (long)_lastSearch.Value < Second) return;
        _lastSearch.Set((ulong)Stamp(time));
        foreach (var slot in _table)
        {
            ref readonly var entry = ref _table[slot];
            var unused = time - Math.Max(entry.Confirmed, entry.Asked);
            if (unused >= (entry.Mac == 0 ? RemoveUnanswered : RemoveUnused) && _table.Key(slot) != nextHop)
                Remove(slot, time);
        }
    }

    private Resolution ResolveKnown(Slot slot, in Neighbour entry, long time, bool isParkable)
    {
        var unseen = time - entry.Confirmed;
        if (unseen < ProbeAfter || time - entry.Asked < Second) return Resolution.Known;
        if (entry.Asks >= MaxAsks)
        {
            // It is gone, or another station has its address now.
            _table.Modify(slot).Mac = 0;
            return Ask(slot, time, asks: 1, Resolution.Ask);
        }

        if (!isParkable && unseen < SacrificeAfter) return Resolution.Known;
        return Ask(slot, time, entry.Asks + 1, Resolution.Probe);
    }

    private Resolution ResolveUnknown(Slot slot, in Neighbour entry, long time)
    {
        if (time - entry.Asked < Second) return Resolution.Wait;
        if (entry.Asks < MaxAsks) return Ask(slot, time, entry.Asks + 1, Resolution.Ask);
        return IsUnreachable(slot, time) ? Resolution.Unreachable : Ask(slot, time, asks: 1, Resolution.Ask);
    }

    private Resolution Ask(Slot slot, long time, int asks, Resolution how)
    {
        ref var entry = ref _table.Modify(slot);
        entry.Asked = time;
        entry.Asks = (byte)asks;
        return how;
    }

    private Slot Add(uint address, long time)
    {
        // The last place is the next hop's.
        if (_table.Count >= (address == nextHop ? Capacity : Capacity - 1))
        {
            var victim = LeastMissed(time);
            if (victim.IsNone) return victim;
            Remove(victim, time);
        }

        return _table.FindOrAdd(address);
    }

    /// <summary>The entry that was asked for longest ago of those that nobody answers for; else the one that was seen
    /// longest ago, if that is long ago; never the next hop.</summary>
    private Slot LeastMissed(long time)
    {
        var (found, oldest, isUnanswered) = (Slot.None, time - ProbeAfter + 1, false);
        foreach (var slot in _table)
        {
            if (_table.Key(slot) == nextHop) continue;
            ref readonly var entry = ref _table[slot];
            var unanswered = entry.Mac == 0;
            var last = unanswered ? entry.Asked : entry.Confirmed;
            if (unanswered ? isUnanswered && last >= oldest : isUnanswered || last >= oldest) continue;
            (found, oldest, isUnanswered) = (slot, last, unanswered);
        }

        return found;
    }

    private void Remove(Slot slot, long time)
    {
        if (_table[slot].Parked > 0) Unpark(slot, time);
        _table.Remove(slot);
    }

    private static long Stamp(long time) => time - time % Second;
}
