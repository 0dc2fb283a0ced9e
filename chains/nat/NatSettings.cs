using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Holdfast.Chains.Nat.Routing;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;

namespace Holdfast.Chains.Nat;

public sealed record NatSettings
{
    /// <summary>The most sessions that fit the 64 KiB state block.</summary>
    public const int MaxSessions = 1536;

    /// <summary>The same for a router, which keeps neighbours and parked packets too.</summary>
    public const int MaxSessionsOfRouter = 1354;

    /// <summary>The one IPv4 address that the inside shows to the outside.</summary>
    public required IPAddress Outside { get; init; }

    /// <summary>The first of the outside ports and ICMP identifiers; there are as many as sessions.</summary>
    public int PortBase { get; init; } = 20_000;

    /// <summary>Inside endpoints that can have an outside port at the same time.</summary>
    public int Sessions { get; init; } = 1024;

    public FlowTimeouts Timeouts { get; init; } = new();

    /// <summary>What makes the NAT a router; null for a bump in the wire.</summary>
    public RoutingSettings? Routing { get; init; }

    internal uint OutsideNumber => BinaryPrimitives.ReadUInt32BigEndian(Outside.GetAddressBytes());

    /// <exception cref="NfSettingsException">A key is unknown, a value bad, or the address missing.</exception>
    public static NatSettings Parse(JsonElement json)
    {
        const string Remedy = "give the IPv4 address that the inside is to have outside, such as \"192.0.2.1\" for a bump"
                              + " in the wire, or with its prefix length, such as \"192.0.2.1/24\", for a router";
        var settings = new NfSettings(json);
        var outside = settings.TakeText<InterfaceAddress>("outside", TryParseOutside, default, Remedy);
        if (outside == default) throw settings.Refused("outside", Remedy);
        var isRouter = outside.PrefixLength > 0;
        var sessions = settings.TakeInteger("sessions", 1024, 1, isRouter ? MaxSessionsOfRouter : MaxSessions);
        var parsed = new NatSettings
        {
            Outside = new IPAddress(BinaryPrimitives.ReverseEndianness(outside.Address)),
            Sessions = sessions,
            PortBase = settings.TakeInteger("portBase", 20_000, 1024, 65_536 - sessions),
            Timeouts = FlowTimeouts.Take(settings),
            Routing = isRouter ? RoutingSettings.Take(settings, outside) : null,
        };
        if (!isRouter) RefuseRoutersKeys(settings);
        settings.RefuseRest();
        return parsed;
    }

    private static void RefuseRoutersKeys(NfSettings settings)
    {
        foreach (var key in RoutingSettings.Keys)
        {
            if (settings.TryTake(key, out _))
                throw settings.Refused(key, "only a router has it: give outside with its prefix length");
        }
    }

    /// <summary>An address alone has the prefix length 0 here, which no segment has.</summary>
    private static bool TryParseOutside(string text, out InterfaceAddress parsed)
    {
        if (InterfaceAddress.TryParse(text, out parsed)) return true;
        if (!InterfaceAddress.TryParseHost(text, out var address)) return false;
        parsed = new InterfaceAddress(address, 0);
        return true;
    }
}
