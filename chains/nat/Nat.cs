using System.Buffers.Binary;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.State;

namespace Holdfast.Chains.Nat;

/// <summary>
/// Source NAT with port translation for IPv4 (NAPT, RFC 3022, RFC 4787, RFC 5382, RFC 5508): the left is inside, the
/// right outside. A bump in the wire: MAC addresses, VLAN tags and TTL stay.
/// </summary>
public sealed class Nat(NatSettings settings) : INetworkFunction
{
    private const uint FirstMulticast = 0xE000_0000;

    private readonly uint _outside = BinaryPrimitives.ReadUInt32BigEndian(settings.Outside.GetAddressBytes());
    private SessionTable _sessions = null!;

    public void Initialise(StateDeclaration state) => _sessions = new SessionTable(state, settings);

    public void Process(Batch batch)
    {
        foreach (var packet in batch)
        {
            if (Translate(packet) is { } reason) batch.Drop(packet, reason);
            else batch.Forward(packet);
        }
    }

    public void Tick(long time) => _sessions.CloseIdle(time);

    /// <summary>Why a packet can't cross; null when it can, and is translated.</summary>
    private DropReason? Translate(in Packet packet)
    {
        // With every packet from the left, so that it does not matter for the ports whether a tick came just before it.
        if (packet.FromLeft) _sessions.CloseIdle(packet.Time);
        if (!PacketHeaders.TryParse(packet.Bytes, out var headers)) return DropReason.Malformed;
        if (headers.IpVersion != 4) return null;
        if (!packet.FromLeft && headers.Destination != _outside) return DropReason.NoSession;
        // The later ones have no ports, and the first alone would be of no use.
        if (headers.IsFragment) return DropReason.Fragment;
        if (packet.FromLeft && (headers.Destination == _outside || headers.Destination >= FirstMulticast))
            return DropReason.Unsupported;
        if (headers.IcmpKind == IcmpKind.Error) return TranslateError(packet, headers);
        if (!headers.HasPorts) return DropReason.Unsupported;
        return packet.FromLeft ? TranslateOutbound(packet, headers) : TranslateInbound(packet, headers);
    }

    private DropReason? TranslateOutbound(in Packet packet, in PacketHeaders headers)
    {
        // Nobody outside can ask a question that this could answer.
        if (headers.IcmpKind == IcmpKind.Reply) return DropReason.NoSession;
        var inside = InsideEndpoint.SourceOf(headers);
        var slot = _sessions.Find(inside);
        if (slot.IsNone)
        {
            // A reset ends a connection; there is none to end.
            if ((headers.TcpFlags & TcpFlags.Rst) != 0) return DropReason.NoSession;
            slot = _sessions.Open(inside);
            if (slot.IsNone) return DropReason.TableFull;
        }

        _sessions.NoteOutbound(slot, headers, PacketHeaders.SourceMac(packet.Bytes), packet.Time);
        var port = _sessions.OutsidePortOf(slot);
        IPv4Translation.RewriteSource(packet.Write(headers.HeadersEnd), headers, _outside, port);
        return null;
    }

    private DropReason? TranslateInbound(in Packet packet, in PacketHeaders headers)
    {
        if (headers.IcmpKind == IcmpKind.Request) return DropReason.NoSession;
        var slot = _sessions.FindLive(headers.DestinationPort, headers.Protocol, packet.Time);
        if (slot.IsNone) return DropReason.NoSession;
        _sessions.NoteInbound(slot, headers, packet.Time);
        var inside = _sessions.EndpointOf(slot);
        IPv4Translation.RewriteDestination(packet.Write(headers.HeadersEnd), headers, inside.Address, inside.Port);
        return null;
    }

    /// <summary>An ICMP error crosses if the packet that it quotes belongs to a session, and so that its receiver
    /// recognises the packet as its own (RFC 5508 REQ-3 to REQ-5). It neither prolongs nor ends the session.</summary>
    private DropReason? TranslateError(in Packet packet, in PacketHeaders error)
    {
        if (!PacketHeaders.TryParseQuoted(packet.Bytes, error, out var quoted)
            || InternetChecksum.Sum(packet.Bytes[error.TransportOffset..error.End]) != 0xFFFF
            || InternetChecksum.Sum(packet.Bytes[quoted.NetworkOffset..quoted.TransportOffset]) != 0xFFFF)
            return DropReason.Malformed;
        if (quoted.IsLaterFragment) return DropReason.Fragment;
        if (!quoted.HasPorts) return DropReason.NoSession;
        return packet.FromLeft
            ? TranslateErrorOutbound(packet, error, quoted)
            : TranslateErrorInbound(packet, error, quoted);
    }

    /// <summary>The quoted packet had come in, so its destination is what was translated.</summary>
    private DropReason? TranslateErrorOutbound(in Packet packet, in PacketHeaders error, in PacketHeaders quoted)
    {
        var slot = _sessions.Find(InsideEndpoint.DestinationOf(quoted));
        if (slot.IsNone || !_sessions.IsLive(slot, packet.Time)) return DropReason.NoSession;
        var frame = packet.Write(quoted.HeadersEnd);
        IPv4Translation.RewriteSource(frame, error, _outside, port: 0);
        IPv4Translation.RewriteQuotedDestination(frame, error, quoted, _outside, _sessions.OutsidePortOf(slot));
        return null;
    }

    /// <summary>The quoted packet had gone out, so its source is what was translated.</summary>
    private DropReason? TranslateErrorInbound(in Packet packet, in PacketHeaders error, in PacketHeaders quoted)
    {
        if (quoted.Source != _outside) return DropReason.NoSession;
        var slot = _sessions.FindLive(quoted.SourcePort, quoted.Protocol, packet.Time);
        if (slot.IsNone) return DropReason.NoSession;
        var inside = _sessions.EndpointOf(slot);
        var frame = packet.Write(quoted.HeadersEnd);
        IPv4Translation.RewriteDestination(frame, error, inside.Address, port: 0);
        IPv4Translation.RewriteQuotedSource(frame, error, quoted, inside.Address, inside.Port);
        return null;
    }
}
