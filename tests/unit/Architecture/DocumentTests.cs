using System.Text.RegularExpressions;
using Holdfast.NfLib.Memory;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>What the documents name is there, and what there is of some things they name.</summary>
public sealed partial class DocumentTests
{
    private static readonly string Map = Read("ARCHITECTURE.md");

    private static readonly string[] Documents =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "native/README.md", "native/guide.md", "scripts/README.md", "tests/chaos/README.md"];

    private static readonly HashSet<string> Tests =
    [
        .. Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file)),
    ];

    [TestCaseSource(nameof(Documents))]
    public void Every_link_leads_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(SourceTree.Root, document))!;
        var targets = Link().Matches(Read(document)).Select(link => link.Groups[1].Value);
        Assert.That(targets.Where(t => !t.Contains(':') && !Path.Exists(Path.Combine(folder, t))), Is.Empty);
    }

    [TestCase("ARCHITECTURE.md")]
    [TestCase("CONTRIBUTING.md")]
    public void Every_file_and_test_that_is_named_exists(string document)
    {
        var names = Quoted().Matches(Code().Replace(Read(document), "")).Select(quoted => quoted.Groups[1].Value);
        Assert.That(names.Where(name => !IsThere(name)), Is.Empty);
    }

    [Test]
    public void The_map_has_every_folder_of_code()
    {
        var folders = SourceTree.Code.Where(f => f.IsIn(["nflib", "replicator", "nfmgr", "chains"]))
            .Select(f => Path.GetDirectoryName(f.Path)!).Where(folder => folder != "nfmgr").Distinct();
        Assert.That(folders.Where(folder => !Map.Contains($"`{folder}`", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void The_map_has_every_message_object_and_role()
    {
        string[] names =
        [
            .. Enum.GetNames<MessageType>().Select(name => $"| {name.ToUpperInvariant()} |"),
            .. Enum.GetNames<ObjectKind>().Select(name => $"| `{name}` |"),
            .. Enum.GetNames<NodeRole>(),
        ];
        Assert.That(names.Where(name => !Map.Contains(name, StringComparison.Ordinal)), Is.Empty);
    }

    private static bool IsThere(string name) =>
        name.EndsWith("Tests", StringComparison.Ordinal) ? Tests.Contains(name)
        : !name.Contains('/') || !name.EndsWith(".cs", StringComparison.Ordinal)
          || File.Exists(Path.Combine(SourceTree.Root, name));

    private static string Read(string document) => File.ReadAllText(Path.Combine(SourceTree.Root, document));

    [GeneratedRegex(@"\]\(([^)#]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("^```.*?^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Code();
}
