using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Monitor;

/// <summary>
/// The flows of one IP version. Both directions add entries: all that is done to one is adding and taking the later
/// time, so the order of the directions shows in no count, only in who finds a full table.
/// </summary>
internal sealed class FlowTable<TKey>(Map<TKey, Flow> flows, Aging aging, TimeSpan idleTimeout) where TKey : unmanaged
{
    /// <summary>Counts a packet; false when its flow is new and the table full.</summary>
    public bool TryCount(in TKey key, in Packet packet)
    {
        var slot = flows.FindOrAdd(key);
        if (slot.IsNone) return false;
        ref var flow = ref flows.Modify(slot);
        // Decided here, at the packet's own time, and not by whether a tick was quicker than the packet.
        if (aging.IsIdle(flow.Seen, packet.Time, idleTimeout)) flow = default;
        if (aging.IsStale(flow.Seen, packet.Time)) flow.Seen = aging.Stamp(packet.Time);
        ref var traffic = ref packet.FromLeft ? ref flow.FromLeft : ref flow.FromRight;
        traffic.Packets++;
        traffic.Bytes += (ulong)packet.Length;
        return true;
    }

    public void RemoveIdle(long time)
    {
        foreach (var slot in flows)
        {
            if (aging.RemovalTime(flows[slot].Seen, idleTimeout) <= time) flows.Remove(slot);
        }
    }
}
