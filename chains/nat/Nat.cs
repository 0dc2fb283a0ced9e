using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>
/// Source NAT with port translation for IPv4 (NAPT, RFC 3022, RFC 4787, RFC 5382, RFC 5508): the left is inside, the
/// right outside. Either a bump in the wire (MAC addresses, VLAN tags and TTL stay), or a router between two segments.
/// </summary>
public sealed class Nat(NatSettings settings) : INetworkFunction
{
    private const uint FirstMulticast = 0xE000_0000;

    private readonly uint _outside = settings.OutsideNumber;
    private SessionTable _sessions = null!;
    private Router? _router;
    private ErrorTranslation _errors = null!;
    private Hairpin _hairpin = null!;

    public void Initialise(StateDeclaration state)
    {
        _sessions = new SessionTable(state, settings);
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
        if (_router is not null && _router.Receive(packet, headers) is { } verdict) return verdict;
        if (headers.IpVersion != 4) return Verdict.Forward;
        return packet.FromLeft ? DecideOutbound(packet, headers) : DecideInbound(packet, headers);
    }

    private Verdict DecideOutbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.IsFragment) return DropReason.Fragment;
        if (headers.Destination >= FirstMulticast) return DropReason.Unsupported;
        if (headers.Destination == _outside) return _hairpin.Turn(packet, headers);
        if (headers.IcmpKind == IcmpKind.Error) return _errors.TranslateOutbound(packet, headers);
        return headers.HasPorts ? TranslateOutbound(packet, headers) : DropReason.Unsupported;
    }

    private Verdict DecideInbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.Destination != _outside) return DropReason.NoSession;
        if (headers.IsFragment) return DropReason.Fragment;
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
        var inside = _sessions.EndpointOf(slot);
        IPv4Translation.RewriteDestination(packet.Write(headers.HeadersEnd), headers, inside.Address, inside.Port);
        _router?.SendLeft(packet, headers, _sessions.InsideMacOf(slot));
        return Verdict.Forward;
    }
}
