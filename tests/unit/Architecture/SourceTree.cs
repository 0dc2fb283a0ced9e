namespace Holdfast.Tests.Unit.Architecture;

/// <summary>A file of the repository.</summary>
/// <param name="Path">From the repository's root, with forward slashes.</param>
internal sealed record SourceFile(string Path, string Text)
{
    public bool IsIn(IEnumerable<string> folders) =>
        folders.Any(folder => Path.StartsWith(folder + "/", StringComparison.Ordinal));
}

/// <summary>The repository that these tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>What ships, and the programs that the demo starts.</summary>
    public static readonly string[] Product =
        ["nflib", "replicator", "native", "nfmgr", "chains", "tests/generator", "tests/journal", "tests/judge"];

    private static readonly string[] NotSources = [".git", "artifacts", "bin", "obj"];

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Projects { get; } = [.. Read(Root, "*.csproj")];

    public static IReadOnlyList<SourceFile> Code { get; } = [.. Read(Root, "*.cs").Where(f => f.IsIn(Product))];

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Holdfast.slnx")))
            directory = directory.Parent;
        return directory?.FullName
               ?? throw new InvalidOperationException(
                   $"no Holdfast.slnx above {AppContext.BaseDirectory}; run the tests where they were built");
    }

    private static IEnumerable<SourceFile> Read(string directory, string pattern)
    {
        foreach (var file in Directory.EnumerateFiles(directory, pattern))
            yield return new SourceFile(Path.GetRelativePath(Root, file), File.ReadAllText(file));
        foreach (var below in Directory.EnumerateDirectories(directory))
        {
            if (NotSources.Contains(Path.GetFileName(below))) continue;
            foreach (var file in Read(below, pattern)) yield return file;
        }
    }
}
