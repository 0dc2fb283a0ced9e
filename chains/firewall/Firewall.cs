using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Firewall;

/// <summary>Lets packets of known flows pass in both directions, and new flows begin by an ordered list of
/// rules.</summary>
public sealed class Firewall(FirewallSettings settings) : INetworkFunction
{
    private FlowTable<FlowKey4> _ipv4 = null!;
    private FlowTable<FlowKey6> _ipv6 = null!;
    private Aging _aging = null!;

    public void Initialise(StateDeclaration state)
    {
        _aging = new Aging(state, "lastSearch", settings.Timeouts.Shortest);
        _ipv4 = new(state.Map<FlowKey4, Flow>("ipv4", settings.IPv4Flows), _aging, settings);
        _ipv6 = new(state.Map<FlowKey6, Flow>("ipv6", settings.IPv6Flows), _aging, settings);
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            if (Judge(packet) is { } reason) batch.Drop(packet, reason);
            else batch.Forward(packet);
        }
    }

    public void Tick(long time)
    {
        if (!_aging.IsSearchDue(time)) return;
        _ipv4.RemoveIdle(time);
        _ipv6.RemoveIdle(time);
    }

    /// <summary>Why a packet may not pass; null when it may.</summary>
    private DropReason? Judge(in Packet packet)
    {
        if (!PacketHeaders.TryParse(packet.Bytes, out var headers)) return DropReason.Malformed;
        if (headers.IpVersion == 0) return settings.NonIpPasses ? null : DropReason.Policy;
        // The rules would see another destination than the one where it ends.
        if (headers.IsSourceRouted) return DropReason.Policy;
        if (headers.IsLaterFragment) return JudgeLaterFragment(headers);
        return headers.IcmpKind switch
        {
            IcmpKind.NeighbourDiscovery => null,
            IcmpKind.Error => JudgeError(packet, headers),
            // Each for itself: there is nothing to know the next one by.
            IcmpKind.Other => settings.Allows(headers, packet.FromLeft) ? null : DropReason.Policy,
            _ => headers.IpVersion == 4
                ? _ipv4.Admit(new FlowKey4(headers, packet.FromLeft), headers, packet)
                : _ipv6.Admit(new FlowKey6(headers, packet.FromLeft), headers, packet),
        };
    }

    private DropReason? JudgeLaterFragment(in PacketHeaders headers)
    {
        // A TCP fragment at byte 8 would overwrite the flags that the first one was let pass for (RFC 1858).
        var overwritesFlags = headers.Protocol == IpProtocols.Tcp && headers.FragmentOffset == 8;
        return settings.LaterFragmentsPass && !overwritesFlags ? null : DropReason.Fragment;
    }

    private DropReason? JudgeError(in Packet packet, in PacketHeaders error)
    {
        if (!PacketHeaders.TryParseQuoted(packet.Bytes, error, out var quoted)) return DropReason.Malformed;
        if (quoted.IsLaterFragment) return DropReason.Fragment;
        // The packet that the error is about went the other way.
        var known = quoted.IpVersion == 4
            ? _ipv4.Knows(new FlowKey4(quoted, !packet.FromLeft), packet.Time)
            : _ipv6.Knows(new FlowKey6(quoted, !packet.FromLeft), packet.Time);
        return known ? null : DropReason.NoSession;
    }
}
