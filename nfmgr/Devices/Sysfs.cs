using System.Globalization;

namespace Holdfast.Nfmgr.Devices;

/// <summary>Reads what the kernel says about devices. Whatever is missing, unreadable or odd there is as if it were not
/// said: devices come and go while they are looked at.</summary>
internal static class Sysfs
{
    /// <summary>The first line of a file without spaces around it; empty when there is none.</summary>
    public static string Line(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            var text = new char[256];
            var length = reader.ReadBlock(text);
            return new string(text, 0, length).Split('\n')[0].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>A number as the kernel writes it, "0x8086" or "-1"; null when there is none.</summary>
    public static int? Number(string file)
    {
        var text = Line(file);
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return isHex ? int.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) ? hex : null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>The last part of what a symbolic link leads to; null when it is none.</summary>
    public static string? Link(string path)
    {
        try
        {
            return Path.GetFileName(new DirectoryInfo(path).LinkTarget) is { Length: > 0 } name ? name : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The names in a folder in their order, or none.</summary>
    public static IReadOnlyList<string> Names(string folder, string pattern = "*")
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder, pattern).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
