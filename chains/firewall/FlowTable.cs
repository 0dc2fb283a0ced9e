using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Firewall;

/// <summary>
/// The flows of one IP version. Packets of the two directions meet here in no fixed order, so what they do to a flow
/// comes out the same in any: bits are added and the later time is kept. Where the order does show, one packet caused
/// the other (an answer is only sent after its question came out), so it is fixed; or the table is full.
/// </summary>
internal sealed class FlowTable<TKey>(Map<TKey, Flow> flows, Aging aging, FirewallSettings settings)
    where TKey : unmanaged
{
    /// <summary>Lets a packet pass that belongs to a flow or may begin one.</summary>
    /// <returns>Why it may not pass; null when it may.</returns>
    public DropReason? Admit(in TKey key, in PacketHeaders headers, in Packet packet)
    {
        var slot = flows.Find(key);
        if (!IsLive(slot, packet.Time) || IsReopening(slot, headers))
        {
            if (!MayBegin(headers)) return DropReason.NoSession;
            if (!settings.Allows(headers, packet.FromLeft)) return DropReason.Policy;
            if (slot.IsNone) slot = flows.FindOrAdd(key);
            if (slot.IsNone) return DropReason.TableFull;
            ref var begun = ref flows.Modify(slot);
            begun.Progress = TcpProgress.None;
            begun.Protocol = headers.Protocol;
        }

        // Most packets change nothing here, and what does not change need not be replicated.
        ref readonly var flow = ref flows[slot];
        var progress = flow.Progress | TcpTracking.ProgressOf(headers, packet.FromLeft);
        if (progress != flow.Progress) flows.Modify(slot).Progress = progress;
        if (aging.IsStale(flow.Seen, packet.Time)) flows.Modify(slot).Seen = aging.Stamp(packet.Time);
        return null;
    }

    /// <summary>Whether there is a flow with this key. Changes nothing: an ICMP error neither prolongs nor ends the
    /// flow that it is about (RFC 5382 REQ-10).</summary>
    public bool Knows(in TKey key, long time) => IsLive(flows.Find(key), time);

    public void RemoveIdle(long time)
    {
        foreach (var slot in flows)
        {
            if (aging.RemovalTime(flows[slot].Seen, TimeoutOf(flows[slot])) <= time) flows.Remove(slot);
        }
    }

    private static bool MayBegin(in PacketHeaders headers) =>
        headers.Protocol == IpProtocols.Tcp ? TcpTracking.IsOpening(headers) : headers.IcmpKind != IcmpKind.Reply;

    // Decided at the packet's own time, so that a tick which was quicker or slower than it makes no difference.
    private bool IsLive(Slot slot, long time) =>
        !slot.IsNone && !aging.IsIdle(flows[slot].Seen, time, TimeoutOf(flows[slot]));

    private TimeSpan TimeoutOf(in Flow flow) => settings.Timeouts.Of(flow.Protocol, flow.Progress);

    private bool IsReopening(Slot slot, in PacketHeaders headers) =>
        flows[slot].Progress.IsClosed() && TcpTracking.IsOpening(headers);
}
