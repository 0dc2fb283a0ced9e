using System.Text.RegularExpressions;

namespace Holdfast.Chaos.Sessions;

/// <summary>
/// One difference between a node's state and the judge's reference that is no fault of a takeover. A SYN opens a closed
/// connection again, so a SYN that is sent again and the RST that answers the first one leave another state when an NF reads
/// them in the other order. Both wait inside the chain while the latch is shut, and NFs read two directions in no fixed order;
/// the reference reads by clock.
/// </summary>
internal static partial class CrossedResets
{
    private const byte Reset = 0x10;

    /// <summary>How many of the judge's words about state are only that: the entries are there in pairs, equal but for the bits
    /// of one byte, and one of the two has seen the reset.</summary>
    /// <param name="words">The judge's.</param>
    public static int Count(IEnumerable<string> words)
    {
        var entries = words.Select(word => Entry().Match(word)).Where(match => match.Success)
            .GroupBy(match => (match.Groups["function"].Value, match.Groups["key"].Value));
        return entries.Sum(pair => pair.ToList() is [var one, var other] && one.Groups["side"].Value != other.Groups["side"].Value
            && DiffersByReset(Convert.FromHexString(one.Groups["value"].Value), Convert.FromHexString(other.Groups["value"].Value)) ? 2 : 0);
    }

    private static bool DiffersByReset(byte[] one, byte[] other)
    {
        if (one.Length != other.Length) return false;
        var different = Enumerable.Range(0, one.Length).Where(i => one[i] != other[i]).ToList();
        return different is [var at] && ((one[at] ^ other[at]) & Reset) != 0 && (one[at] | other[at]) < 2 * Reset;
    }

    [GeneratedRegex("^state of (?<function>[^ ]+) on .* only in the (?<side>first|second): (?<key>[^=]+) = (?<value>([0-9a-f]{2})+)$", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry();
}
