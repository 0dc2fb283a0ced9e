using System.Text.RegularExpressions;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>One namespace uses another.</summary>
/// <param name="From">The namespace; for a file without one, such as Program.cs, the file's path.</param>
/// <param name="To">What it uses.</param>
/// <param name="Where">The file, and what stands there.</param>
internal sealed record Dependency(string From, string To, string Where);

/// <summary>
/// Finds which namespaces of a tree use which, from using directives, qualified names, and names of types that lie in a
/// namespace around one's own (those need no directive). Names count only if the type they name exists, so a property
/// that is called as a namespace is not taken for it.
/// </summary>
internal sealed partial class NamespaceScan
{
    private readonly Dictionary<string, HashSet<string>> _types = [];
    private readonly List<(SourceFile File, string Code, string Namespace)> _files = [];

    public NamespaceScan(IEnumerable<SourceFile> files)
    {
        foreach (var file in files)
        {
            var code = new SourceText(file.Text).Code;
            var declared = NamespaceDeclaration().Match(code);
            _files.Add((file, code, declared.Success ? declared.Groups[1].Value : file.Path));
            if (!declared.Success) continue;
            if (!_types.TryGetValue(_files[^1].Namespace, out var types)) _types[_files[^1].Namespace] = types = [];
            foreach (Match type in TypeDeclaration().Matches(code)) types.Add(type.Groups[1].Value);
        }
    }

    public IEnumerable<string> Namespaces => _types.Keys;

    public IReadOnlyList<Dependency> Dependencies() =>
    [
        .. _files.SelectMany(f => Uses(f.Code, f.Namespace)
            .Where(use => use.To != f.Namespace)
            .Select(use => new Dependency(f.Namespace, use.To, $"{f.File.Path}: {use.What}"))),
    ];

    private IEnumerable<(string To, string What)> Uses(string code, string own)
    {
        foreach (Match match in UsingDirective().Matches(code))
        {
            if (LongestNamespace(match.Groups[1].Value) is { } used) yield return (used, match.Value.Trim());
        }

        foreach (Match match in QualifiedName().Matches(code))
        {
            if (Resolve(match.Value, own) is { } used) yield return (used, match.Value);
        }

        foreach (var around in Around(own).Where(n => n.Length > 0 && _types.ContainsKey(n)))
        {
            foreach (Match match in SimpleName().Matches(code))
            {
                if (_types[around].Contains(match.Value) && !_types[own].Contains(match.Value))
                    yield return (around, match.Value);
            }
        }
    }

    private string? LongestNamespace(string name)
    {
        for (; name.Length > 0; name = Parent(name))
        {
            if (_types.ContainsKey(name)) return name;
        }

        return null;
    }

    /// <summary>The namespace that a qualified name leads to, as the compiler would look for it: from the innermost
    /// namespace around the place outwards.</summary>
    private string? Resolve(string name, string own)
    {
        var parts = name.Split('.', StringSplitOptions.TrimEntries);
        IEnumerable<string> scopes = _types.ContainsKey(own) ? [own, .. Around(own)] : [""];
        foreach (var scope in scopes)
        {
            for (var length = parts.Length - 1; length > 0; length--)
            {
                var candidate = string.Join('.', parts[..length]);
                if (scope.Length > 0) candidate = $"{scope}.{candidate}";
                if (_types.TryGetValue(candidate, out var types) && types.Contains(parts[length])) return candidate;
            }
        }

        return null;
    }

    /// <summary>The namespaces around one, innermost first; last the one without a name.</summary>
    private static IEnumerable<string> Around(string name)
    {
        if (name.Contains('/')) yield break;
        while (name.Length > 0) yield return name = Parent(name);
    }

    private static string Parent(string name) => name.LastIndexOf('.') is > 0 and var dot ? name[..dot] : "";

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)\s*[;{]", RegexOptions.Multiline)]
    private static partial Regex NamespaceDeclaration();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record|delegate\s+[\w.<>\[\],?]+)\s+(?!class\b|struct\b)(\w+)")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"^\s*using\s+(?:static\s+)?(?:\w+\s*=\s*)?(?:global::)?([\w.]+)(?:<[^;]*>)?\s*;",
        RegexOptions.Multiline)]
    private static partial Regex UsingDirective();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*(?:\s*\.\s*[A-Z]\w*)+")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![\w.])[A-Z]\w*")]
    private static partial Regex SimpleName();
}
