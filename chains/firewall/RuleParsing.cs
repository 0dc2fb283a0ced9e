using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Headers;

namespace Holdfast.Chains.Firewall;

/// <summary>Reads the rule list from the settings.</summary>
internal static class RuleParsing
{
    private const string CidrRemedy =
        "give an address block such as \"10.0.0.0/8\" or \"2001:db8::/32\", with no bits set behind the prefix";

    public static ImmutableArray<Rule> TakeRules(NfSettings settings)
    {
        if (!settings.TryTake("rules", out var list)) return [];
        if (list.ValueKind != JsonValueKind.Array) throw settings.Refused("rules", "give a list of rules, such as []");
        return [.. list.EnumerateArray().Select((rule, i) => Parse(new NfSettings(rule, $"rules[{i}].")))];
    }

    private static Rule Parse(NfSettings settings)
    {
        var rule = new Rule
        {
            FromLeft = settings.TakeEither("from", "left", "right"),
            Allows = settings.TakeEither("action", "allow", "deny"),
            Protocol = TakeProtocol(settings),
            Source = settings.TakeText<Cidr>("source", Cidr.TryParse, default, CidrRemedy),
            Destination = settings.TakeText<Cidr>("destination", Cidr.TryParse, default, CidrRemedy),
            Ports = settings.TakeText<ImmutableArray<PortRange>>("ports", PortRange.TryParseList, [],
                "give destination ports such as \"80,443,1000-2000\""),
        };
        settings.RefuseRest();
        if ((rule.Source.IpVersion, rule.Destination.IpVersion) is (4, 6) or (6, 4))
            throw settings.Refused("destination", "give a block of the same IP version as source");
        if (!rule.Ports.IsEmpty && rule.Protocol is not (null or IpProtocols.Tcp or IpProtocols.Udp))
            throw settings.Refused("ports", "only tcp and udp have ports; set protocol to one of them, or to any");
        return rule;
    }

    private static byte? TakeProtocol(NfSettings settings) =>
        settings.TryTake("protocol", out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetByte(out var number)
            ? number
            : settings.TakeText<byte?>("protocol", TryParseProtocol, null,
                "give \"tcp\", \"udp\", \"icmp\", \"icmp6\", \"any\", or an IP protocol number from 0 to 255");

    private static bool TryParseProtocol(string text, out byte? protocol)
    {
        protocol = text switch
        {
            "tcp" => IpProtocols.Tcp,
            "udp" => IpProtocols.Udp,
            "icmp" => IpProtocols.Icmp,
            "icmp6" => IpProtocols.Icmp6,
            _ => byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
        };
        return protocol is not null || text == "any";
    }
}
