using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Nat;

/// <summary>
/// Inside hosts that reach each other by the outside address (RFC 4787 REQ-9, RFC 5382 REQ-8, RFC 5508 REQ-7): to either
/// the other looks as if it were outside, so both source and destination are translated, and the packet turns back.
/// </summary>
internal sealed class Hairpin(SessionTable sessions, uint outside, Router? router)
{
    /// <summary>Takes a packet from the left to the outside address.</summary>
    public Verdict Turn(in Packet packet, in PacketHeaders headers)
    {
        if (headers.IcmpKind == IcmpKind.Error) return TurnError(packet, headers);
        // The identifier of a query is its sender's and names nobody behind the outside address.
        if (!headers.HasPorts || headers.Protocol == IpProtocols.Icmp) return DropReason.Unsupported;
        var target = sessions.FindLive(headers.DestinationPort, headers.Protocol, packet.Time);
        if (target.IsNone) return DropReason.NoSession;
        if (router is not null && IPv4Forwarding.IsExpiring(packet.Bytes, headers))
            return router.Expire(packet, headers);
        var source = sessions.FindOrOpen(headers, out var reason);
        if (source.IsNone)
            return router is null || reason != DropReason.TableFull ? reason : router.Refuse(packet, headers);

        sessions.NoteOutbound(source, headers, MacAddress.SourceOf(packet.Bytes), packet.Time);
        sessions.NoteInbound(target, headers, packet.Time);
        var inside = sessions.EndpointOf(target);
        var frame = packet.Write(headers.HeadersEnd);
        // What its target is to answer is the outside endpoint (REQ-9 a), or the answer would not come here.
        IPv4Translation.RewriteSource(frame, headers, outside, sessions.OutsidePortOf(source));
        IPv4Translation.RewriteDestination(frame, headers, inside.Address, inside.Port);
        return SendBack(packet, headers, sessions.InsideMacOf(target));
    }

    /// <summary>The quoted packet had been turned back, so both its ends were translated.</summary>
    private Verdict TurnError(in Packet packet, in PacketHeaders error)
    {
        if (ErrorTranslation.ReadQuoted(packet, error, out var quoted) is { } unsound) return unsound;
        var sender = quoted.Source == outside
            ? sessions.FindLive(quoted.SourcePort, quoted.Protocol, packet.Time)
            : default;
        var target = sessions.Find(InsideEndpoint.DestinationOf(quoted));
        if (sender.IsNone || target.IsNone || !sessions.IsLive(target, packet.Time)) return DropReason.NoSession;
        if (router is not null && IPv4Forwarding.IsExpiring(packet.Bytes, error)) return router.Expire(packet, error);

        var inside = sessions.EndpointOf(sender);
        var frame = packet.Write(quoted.HeadersEnd);
        IPv4Translation.RewriteSource(frame, error, outside, port: 0);
        IPv4Translation.RewriteDestination(frame, error, inside.Address, port: 0);
        IPv4Translation.RewriteQuotedSource(frame, error, quoted, inside.Address, inside.Port);
        IPv4Translation.RewriteQuotedDestination(frame, error, quoted, outside, sessions.OutsidePortOf(target));
        return SendBack(packet, error, sessions.InsideMacOf(sender));
    }

    private Verdict SendBack(in Packet packet, in PacketHeaders headers, ulong insideMac)
    {
        if (router is not null)
        {
            router.SendLeft(packet, headers, insideMac);
        }
        else
        {
            // As if the gateway, whom the packet was for, had sent it.
            var frame = packet.Write(headers.NetworkOffset);
            MacAddress.Address(frame, insideMac, MacAddress.DestinationOf(frame));
        }

        return Verdict.TurnBack;
    }
}
