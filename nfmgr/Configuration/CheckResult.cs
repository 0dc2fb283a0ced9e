namespace Holdfast.Nfmgr.Configuration;

public enum CheckLevel
{
    Ok,

    /// <summary>The node will run, but perhaps not as wanted.</summary>
    Warning,

    /// <summary>The node can not run.</summary>
    Error,
}

/// <summary>One line of <c>nfmgr check</c>.</summary>
/// <param name="Level">How bad it is.</param>
/// <param name="Thing">What was looked at, such as "state directory".</param>
/// <param name="Value">What was found.</param>
/// <param name="Remedy">What to do about it; empty when all is well.</param>
public sealed record CheckResult(CheckLevel Level, string Thing, string Value, string Remedy = "")
{
    public override string ToString()
    {
        var line = $"{Level.ToString().ToLowerInvariant()}: {Thing}: {Value}";
        return Remedy.Length == 0 ? line : $"{line}; {Remedy}";
    }

    internal static CheckResult Ok(string thing, string value) => new(CheckLevel.Ok, thing, value);

    internal static CheckResult Warning(string thing, string value, string remedy) =>
        new(CheckLevel.Warning, thing, value, remedy);

    internal static CheckResult Error(string thing, string value, string remedy) =>
        new(CheckLevel.Error, thing, value, remedy);
}
