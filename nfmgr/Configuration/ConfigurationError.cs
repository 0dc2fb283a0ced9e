namespace Holdfast.Nfmgr.Configuration;

/// <summary>A place in a configuration file; line and column count from 1, the column in characters. Line 0 means the
/// file as a whole.</summary>
public readonly record struct FilePosition(string File, int Line, int Column)
{
    public override string ToString() => Line == 0 ? File : $"{File}:{Line}:{Column}";
}

/// <summary>One thing that is wrong in a configuration file.</summary>
/// <param name="Position">Where.</param>
/// <param name="Path">The key, such as <c>chain.functions[0].name</c>; empty for the file as a whole.</param>
/// <param name="Problem">What is wrong, the value, and what to do about it.</param>
public sealed record ConfigurationError(FilePosition Position, string Path, string Problem)
{
    public override string ToString() => Path.Length == 0 ? $"{Position}: {Problem}" : $"{Position}: {Path}: {Problem}";
}

/// <summary>A configuration was refused. The message has one line per error.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors)
    : Exception(string.Join('\n', errors))
{
    public ConfigurationException(ConfigurationError error) : this([error]) { }

    /// <summary>Everything that was found, in the order of the file.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
