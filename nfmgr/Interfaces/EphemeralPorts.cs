using System.Globalization;

namespace Holdfast.Nfmgr.Interfaces;

/// <summary>The ports that the kernel gives to who asks for none in particular: to a connection's own end, or a listener at port 0.
/// A daemon that listens there finds its port in use one day, after a restart (man 7 ip, ip_local_port_range).</summary>
/// <param name="First">Lowest of them.</param>
/// <param name="Last">Highest of them.</param>
/// <param name="Reserved">Those between that it never gives away, as ranges with both ends.</param>
internal sealed record EphemeralPorts(int First, int Last, IReadOnlyList<(int First, int Last)> Reserved)
{
    private const string Directory = "/proc/sys/net/ipv4/";

    /// <summary>This network namespace's.</summary>
    public static EphemeralPorts Read() => Parse(File.ReadAllText($"{Directory}ip_local_port_range"), File.ReadAllText($"{Directory}ip_local_reserved_ports"));

    /// <param name="range">Two numbers, as "32768\t60999".</param>
    /// <param name="reserved">A list, as "7400,8000-8010"; may be empty.</param>
    public static EphemeralPorts Parse(string range, string reserved)
    {
        int[] ends = [.. range.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Number)];
        return new EphemeralPorts(ends[0], ends[1], [.. reserved.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Pair)]);
    }

    public bool Contains(int port) => port >= First && port <= Last && !Reserved.Any(range => port >= range.First && port <= range.Last);

    /// <summary>The list of reserved ones with one more, as the kernel takes it: what is written there replaces what was.</summary>
    public string ReservedWith(int port) =>
        string.Join(',', Reserved.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}").Prepend($"{port}"));

    private static (int First, int Last) Pair(string range)
    {
        var ends = range.Split('-');
        return (Number(ends[0]), Number(ends[^1]));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
