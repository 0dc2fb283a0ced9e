using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>
/// Source NAT with port translation for IPv4 (NAPT, RFC 3022, RFC 4787, RFC 5382, RFC 5508): the left is inside, the
/// right outside. Either a bump in the wire (MAC addresses, VLAN tags and TTL stay), or a router between two segments.
/// </summary>
public sealed class Nat(NatSettings settings) : INetworkFunction, IWarmUpTraffic
{
    private const uint FirstMulticast = 0xE000_0000;

    private readonly uint _outside = settings.OutsideNumber;
    private SessionTable _sessions = null!;
    private Router? _router;
    private Fragments _outboundFragments = null!, _inboundFragments = null!;
    private ErrorTranslation _errors = null!;
    private Hairpin _hairpin = null!;

    public IReadOnlyList<WarmUpFrame> WarmUpFrames => WarmUpTraffic.Of(settings);

    public void Initialise(StateDeclaration state)
    {
        _sessions = new SessionTable(state, settings);
        _outboundFragments = new Fragments(state, "outboundFragments");
        _inboundFragments = new Fragments(state, "inboundFragments");
        if (settings.Routing is { } routing) _router = new Router(state, routing);
        _errors = new ErrorTranslation(_sessions, _outside, _router);
        _hairpin = new Hairpin(_sessions, _outside, _router);
    }

    public void Process(Batch batch)
    {
        foreach (var packet in batch) Decide(packet).Apply(batch, packet);
    }

    public void Tick(long time)
    {
        _sessions.CloseIdle(time);
        _router?.Age(time);
    }

    private Verdict Decide(in Packet packet)
    {
        // With every packet from the left, so that it does not matter for the ports whether a tick came just before it.
        if (packet.FromLeft) _sessions.CloseIdle(packet.Time);
        if (!PacketHeaders.TryParse(packet.Bytes, out var headers)) return DropReason.Malformed;
        // The transport's checksum covers the last hop, not the address that would be translated; nor is it answered.
        if (headers is { IpVersion: 4, IsSourceRouted: true }) return DropReason.Unsupported;
        if (_router is not null && _router.Receive(packet, headers) is { } verdict) return verdict;
        if (headers.IpVersion != 4) return Verdict.Forward;
        return packet.FromLeft ? DecideOutbound(packet, headers) : DecideInbound(packet, headers);
    }

    private Verdict DecideOutbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.Destination >= FirstMulticast) return DropReason.Unsupported;
        if (headers.IsLaterFragment) return TranslateLaterOutbound(packet, headers);
        if (headers.IsFragment && (headers.Destination == _outside || !headers.HasPorts)) return DropReason.Fragment;
        if (headers.Destination == _outside) return _hairpin.Turn(packet, headers);
        if (headers.IcmpKind == IcmpKind.Error) return _errors.TranslateOutbound(packet, headers);
        return headers.HasPorts ? TranslateOutbound(packet, headers) : DropReason.Unsupported;
    }

    private Verdict DecideInbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.Destination != _outside) return DropReason.NoSession;
        if (headers.IsLaterFragment) return TranslateLaterInbound(packet, headers);
        if (headers.IsFragment && !headers.HasPorts) return DropReason.Fragment;
        if (headers.IcmpKind == IcmpKind.Error) return _errors.TranslateInbound(packet, headers);
        return headers.HasPorts ? TranslateInbound(packet, headers) : DropReason.Unsupported;
    }

    private Verdict TranslateOutbound(in Packet packet, in PacketHeaders headers)
    {
        NextHop hop = default;
        if (_router?.FindWay(packet, headers, out hop) is { } stuck) return stuck;
        var slot = _sessions.FindOrOpen(headers, out var reason);
        if (slot.IsNone)
            return _router is null || reason != DropReason.TableFull ? reason : _router.Refuse(packet, headers);

        if (headers.IsFragment) _outboundFragments.Remember(packet.Bytes, headers, packet.Time);
        _sessions.NoteOutbound(slot, headers, MacAddress.SourceOf(packet.Bytes), packet.Time);
        var port = _sessions.OutsidePortOf(slot);
        IPv4Translation.RewriteSource(packet.Write(headers.HeadersEnd), headers, _outside, port);
        return _router is null ? Verdict.Forward : _router.SendRight(packet, headers, hop);
    }

    private Verdict TranslateInbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.IcmpKind == IcmpKind.Request) return DropReason.NoSession;
        var slot = _sessions.FindLive(headers.DestinationPort, headers.Protocol, packet.Time);
        if (slot.IsNone) return DropReason.NoSession;
        if (_router is not null)
        {
            _router.Confirm(packet, headers);
            if (IPv4Forwarding.IsExpiring(packet.Bytes, headers)) return _router.Expire(packet, headers);
        }

        _sessions.NoteInbound(slot, headers, packet.Time);
        var (inside, mac) = (_sessions.EndpointOf(slot), _sessions.InsideMacOf(slot));
        if (headers.IsFragment)
            _inboundFragments.Remember(packet.Bytes, headers, packet.Time, inside.Address, mac);
        IPv4Translation.RewriteDestination(packet.Write(headers.HeadersEnd), headers, inside.Address, inside.Port);
        _router?.SendLeft(packet, headers, mac);
        return Verdict.Forward;
    }

    /// <summary>A later fragment goes the way of the first. If that has not come, it can't be kept until it does: an NF
    /// has no buffers.</summary>
    private Verdict TranslateLaterOutbound(in Packet packet, in PacketHeaders headers)
    {
        if (!_outboundFragments.TryFind(packet.Bytes, headers, packet.Time, out _)) return DropReason.Fragment;
        NextHop hop = default;
        if (_router?.FindWay(packet, headers, out hop) is { } stuck) return stuck;
        IPv4Translation.RewriteSource(packet.Write(headers.HeadersEnd), headers, _outside, port: 0);
        return _router is null ? Verdict.Forward : _router.SendRight(packet, headers, hop);
    }

    private Verdict TranslateLaterInbound(in Packet packet, in PacketHeaders headers)
    {
        if (!_inboundFragments.TryFind(packet.Bytes, headers, packet.Time, out var whole)) return DropReason.Fragment;
        if (_router is not null && IPv4Forwarding.IsExpiring(packet.Bytes, headers))
            return _router.Expire(packet, headers);
        IPv4Translation.RewriteDestination(packet.Write(headers.HeadersEnd), headers, whole.Inside, port: 0);
        _router?.SendLeft(packet, headers, whole.InsideMac);
        return Verdict.Forward;
    }
}
