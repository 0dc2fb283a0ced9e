using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Evaluation.Peers;

/// <summary>What the kernel counted on the TCP connections between two nodes of this machine.</summary>
internal static partial class SocketBytes
{
    /// <summary>Payload bytes that both ends of all connections to some ports have sent until now, TCP's own repetitions included.</summary>
    /// <param name="ports">Where the nodes listen.</param>
    /// <exception cref="IOException">The kernel can't be asked.</exception>
    public static long SentOn(IReadOnlyList<int> ports) => Sum(Tool.Run("ss", "-tinHO", "state", "established",
        $"( {string.Join(" or ", ports.SelectMany(port => (string[])[$"sport = :{port}", $"dport = :{port}"]))} )"));

    /// <summary>Of what ss says; a connection that has sent nothing yet has no such field.</summary>
    public static long Sum(string said) => Sent().Matches(said).Sum(found => long.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\bbytes_sent:(\d+)")]
    private static partial Regex Sent();
}
