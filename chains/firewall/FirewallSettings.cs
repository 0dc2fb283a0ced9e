using System.Collections.Immutable;
using System.Text.Json;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Firewall;

public sealed record FirewallSettings
{
    /// <summary>Who may begin a flow; the first that matches decides. If none does, the left may and the right may
    /// not.</summary>
    public ImmutableArray<Rule> Rules { get; init; } = [];

    /// <summary>Whether frames that are not IP (ARP, LLC, …) pass.</summary>
    public bool NonIpPasses { get; init; } = true;

    /// <summary>Whether fragments other than the first pass, unseen: they carry no ports to judge them by.</summary>
    public bool LaterFragmentsPass { get; init; }

    public FlowTimeouts Timeouts { get; init; } = new();

    /// <summary>IPv4 flows at the same time; 36 bytes of state each.</summary>
    public int IPv4Flows { get; init; } = 1024;

    /// <summary>IPv6 flows at the same time; 68 bytes of state each.</summary>
    public int IPv6Flows { get; init; } = 384;

    /// <exception cref="NfSettingsException">A key is unknown or a value is bad.</exception>
    public static FirewallSettings Parse(JsonElement json)
    {
        var settings = new NfSettings(json);
        var defaults = new FirewallSettings();
        var parsed = new FirewallSettings
        {
            Rules = RuleParsing.TakeRules(settings),
            NonIpPasses = settings.TakeEither("nonIp", "pass", "drop", defaults.NonIpPasses),
            LaterFragmentsPass = settings.TakeEither("fragments", "pass", "drop", defaults.LaterFragmentsPass),
            Timeouts = FlowTimeouts.Take(settings),
            IPv4Flows = settings.TakeInteger("ipv4Flows", defaults.IPv4Flows, 1, 1788),
            IPv6Flows = settings.TakeInteger("ipv6Flows", defaults.IPv6Flows, 1, 952),
        };
        settings.RefuseRest();
        return parsed;
    }

    /// <summary>Whether a packet may begin a flow.</summary>
    internal bool Allows(in PacketHeaders headers, bool fromLeft)
    {
        foreach (var rule in Rules)
        {
            if (rule.Matches(headers, fromLeft)) return rule.Allows;
        }

        return fromLeft;
    }
}
