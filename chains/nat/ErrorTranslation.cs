using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Nat;

/// <summary>An ICMP error crosses if the packet that it quotes belongs to a session, and so that its receiver recognises
/// the packet as its own (RFC 5508 REQ-3 to REQ-5). It neither prolongs nor ends the session.</summary>
internal sealed class ErrorTranslation(SessionTable sessions, uint outside, Router? router)
{
    /// <summary>The packet that a sound error quotes.</summary>
    /// <returns>Why the error is dropped; null if it is sound.</returns>
    public static DropReason? ReadQuoted(in Packet packet, in PacketHeaders error, out PacketHeaders quoted)
    {
        if (!PacketHeaders.TryParseQuoted(packet.Bytes, error, out quoted)
            || InternetChecksum.Sum(packet.Bytes[error.TransportOffset..error.End]) != 0xFFFF
            || InternetChecksum.Sum(packet.Bytes[quoted.NetworkOffset..quoted.TransportOffset]) != 0xFFFF)
            return DropReason.Malformed;
        if (quoted.IsLaterFragment) return DropReason.Fragment;
        return quoted.HasPorts ? null : DropReason.NoSession;
    }

    /// <summary>The quoted packet had come in, so its destination is what was translated.</summary>
    public Verdict TranslateOutbound(in Packet packet, in PacketHeaders error)
    {
        if (ReadQuoted(packet, error, out var quoted) is { } reason) return reason;
        var slot = sessions.Find(InsideEndpoint.DestinationOf(quoted));
        if (slot.IsNone || !sessions.IsLive(slot, packet.Time)) return DropReason.NoSession;
        NextHop hop = default;
        if (router?.FindWay(packet, error, out hop) is { } stuck) return stuck;
        var frame = packet.Write(quoted.HeadersEnd);
        IPv4Translation.RewriteSource(frame, error, outside, port: 0);
        IPv4Translation.RewriteQuotedDestination(frame, error, quoted, outside, sessions.OutsidePortOf(slot));
        return router is null ? Verdict.Forward : router.SendRight(packet, error, hop);
    }

    /// <summary>The quoted packet had gone out, so its source is what was translated.</summary>
    public Verdict TranslateInbound(in Packet packet, in PacketHeaders error)
    {
        if (ReadQuoted(packet, error, out var quoted) is { } reason) return reason;
        if (quoted.Source != outside) return DropReason.NoSession;
        var slot = sessions.FindLive(quoted.SourcePort, quoted.Protocol, packet.Time);
        if (slot.IsNone) return DropReason.NoSession;
        if (router is not null && IPv4Forwarding.IsExpiring(packet.Bytes, error)) return router.Expire(packet, error);
        var inside = sessions.EndpointOf(slot);
        var frame = packet.Write(quoted.HeadersEnd);
        IPv4Translation.RewriteDestination(frame, error, inside.Address, port: 0);
        IPv4Translation.RewriteQuotedSource(frame, error, quoted, inside.Address, inside.Port);
        router?.SendLeft(packet, error, sessions.InsideMacOf(slot));
        return Verdict.Forward;
    }
}
