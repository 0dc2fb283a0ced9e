using System.Collections.Immutable;
using System.Globalization;

namespace Holdfast.Chains.Firewall;

/// <summary>Ports from one number to another, both included.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>Reads a list such as "80,443,1000-2000".</summary>
    public static bool TryParseList(string text, out ImmutableArray<PortRange> ranges)
    {
        var parsed = ImmutableArray.CreateBuilder<PortRange>();
        ranges = [];
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var dash = part.IndexOf('-');
            if (!TryParsePort(dash < 0 ? part : part[..dash], out var first)
                || !TryParsePort(part[(dash + 1)..], out var last) || last < first)
                return false;
            parsed.Add(new PortRange(first, last));
        }

        ranges = parsed.DrainToImmutable();
        return true;
    }

    public bool Contains(ushort port) => port >= First && port <= Last;

    private static bool TryParsePort(string text, out ushort port) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
}
