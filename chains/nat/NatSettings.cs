using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;

namespace Holdfast.Chains.Nat;

public sealed record NatSettings
{
    /// <summary>The most sessions that fit the 64 KiB state block.</summary>
    public const int MaxSessions = 1596;

    /// <summary>The one IPv4 address that the inside shows to the outside.</summary>
    public required IPAddress Outside { get; init; }

    /// <summary>The first of the outside ports and ICMP identifiers; there are as many as sessions.</summary>
    public int PortBase { get; init; } = 20_000;

    /// <summary>Inside endpoints that can have an outside port at the same time.</summary>
    public int Sessions { get; init; } = 1024;

    public FlowTimeouts Timeouts { get; init; } = new();

    /// <exception cref="NfSettingsException">A key is unknown, a value bad, or the address missing.</exception>
    public static NatSettings Parse(JsonElement json)
    {
        const string Remedy = "give the IPv4 address that the inside is to have outside, such as \"192.0.2.1\"";
        var settings = new NfSettings(json);
        var sessions = settings.TakeInteger("sessions", 1024, 1, MaxSessions);
        var parsed = new NatSettings
        {
            Outside = settings.TakeText<IPAddress?>("outside", TryParseOutside, null, Remedy)
                      ?? throw settings.Refused("outside", Remedy),
            Sessions = sessions,
            PortBase = settings.TakeInteger("portBase", 20_000, 1024, 65_536 - sessions),
            Timeouts = FlowTimeouts.Take(settings),
        };
        settings.RefuseRest();
        return parsed;
    }

    private static bool TryParseOutside(string text, out IPAddress? address) =>
        IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork
        // The parser also takes "10.1", which few people read the way it does.
        && address.ToString() == text
        // Neither "this network", nor loopback, nor multicast and what lies behind it.
        && address.GetAddressBytes()[0] is not (0 or 127 or >= 224);
}
