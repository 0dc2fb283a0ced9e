namespace Holdfast.Nfmgr.Configuration;

/// <summary>Guesses what a misspelt word was meant to be.</summary>
internal static class Spelling
{
    /// <summary>"did you mean 'x'?" when one known word is near, else the list of known words.</summary>
    public static string Suggest(string word, IEnumerable<string> known)
    {
        var nearest = known.MinBy(k => Distance(word, k));
        // Two slips in a long word, one in a short one; more is another word.
        if (nearest is not null && Distance(word, nearest) <= Math.Clamp(nearest.Length / 3, 1, 2))
            return $"did you mean '{nearest}'?";
        return $"write one of {string.Join(", ", known.Select(k => $"'{k}'"))}";
    }

    /// <summary>Characters to insert, delete, replace or swap with their neighbour; case does not count.</summary>
    internal static int Distance(string a, string b)
    {
        // A foreign key may be as long as the file; what differs so much in length is far in any case.
        if (Math.Abs(a.Length - b.Length) > 2) return int.MaxValue;
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replace = d[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1);
                d[i, j] = Math.Min(replace, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]))
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }

        return d[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
