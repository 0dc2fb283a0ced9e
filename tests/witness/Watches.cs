using System.Security.Cryptography;

namespace Holdfast.Witness;

/// <summary>Watches what another program receives, as it writes it to its standard output.</summary>
internal static class Watches
{
    /// <summary>Reads to the end; every read is a sign of life.</summary>
    /// <returns>The number of bytes, and their SHA-256 in lower-case hexadecimal.</returns>
    public static (long Bytes, string Sha256) Bytes(Stream input, GapLog gaps)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long total = 0;
        for (int length; (length = input.Read(buffer)) > 0; total += length)
        {
            gaps.Heard();
            hash.AppendData(buffer, 0, length);
        }

        return (total, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Copies lines to the end; those that contain <paramref name="sign"/> are signs of life.</summary>
    /// <returns>How many did.</returns>
    public static long Lines(TextReader input, TextWriter output, string sign, GapLog gaps)
    {
        long heard = 0;
        while (input.ReadLine() is { } line)
        {
            if (line.Contains(sign, StringComparison.Ordinal))
            {
                gaps.Heard();
                heard++;
            }

            output.WriteLine(line);
        }

        output.Flush();
        return heard;
    }
}
