using System.Text;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>What texts in a configuration must look like: each returns null, or what is wrong and what to
/// write.</summary>
internal static class Form
{
    /// <summary>Names go into file names, memory object names and messages, so they are short and plain.</summary>
    public const int MaxNameLength = 24;

    public static string? Name(string text) =>
        text.Length is >= 1 and <= MaxNameLength && text.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-')
            ? null : $"is no name; write 1 to {MaxNameLength} characters of a-z, 0-9 and -";

    public static string? FilePath(string text) => text switch
    {
        "" => "is no path; write one, absolute or relative to this file",
        _ when text.Any(char.IsControl) => "holds a control character; write a path without",
        _ => null,
    };

    /// <summary>What the kernel takes as an interface's name: 1 to 15 bytes without / : and white space.</summary>
    public static string? Interface(string text) =>
        Encoding.UTF8.GetByteCount(text) is >= 1 and <= Interfaces.InterfaceCalls.MaxNameBytes
        && text is not ("." or "..") && !text.Any(c => c is '/' or ':' || char.IsWhiteSpace(c) || char.IsControl(c))
            ? null : "is no name of an interface; write one that 'ip link' shows";

    /// <summary>A shipped NF's name, or a path, which has a slash.</summary>
    public static string? Program(string text) =>
        (text.Contains('/') ? FilePath(text) : Name(text)) is null ? null
            : "is no program; write the name of a shipped NF, or a path with a / to an executable";
}
