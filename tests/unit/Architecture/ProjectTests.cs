using System.Xml.Linq;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>References between projects go one way.</summary>
public sealed class ProjectTests
{
    [Test]
    public void No_project_refers_against_the_allowed_direction() =>
        Assert.That(Violations(SourceTree.Projects), Is.Empty);

    [TestCase("nflib/nflib", "replicator/replicator")]
    [TestCase("replicator/replicator", "nfmgr/nfmgr")]
    [TestCase("chains/nat/nat", "chains/monitor/monitor")]
    [TestCase("tests/journal/journal", "tests/judge/judge")]
    [TestCase("tests/generator/generator", "nfmgr/nfmgr")]
    [TestCase("tests/judge/judge", "replicator/replicator")]
    [TestCase("nfmgr/nfmgr", "tests/judge/judge")] // it starts the judge, and must not be compiled against it
    public void A_wrong_reference_is_found(string project, string other) =>
        Assert.That(Added(With(project, $"<ProjectReference Include=\"{Way(project, other)}\" />")),
            Is.EqualTo([$"{project} may not be compiled against {other}"]));

    [TestCase("nflib/nflib", "chains/nat/nat")]
    [TestCase("nfmgr/nfmgr", "tests/journal/journal")]
    public void A_program_is_started_only_by_those_who_may(string project, string other)
    {
        var reference = $"<ProjectReference Include=\"{Way(project, other)}\" ReferenceOutputAssembly=\"false\" />";
        Assert.That(Added(With(project, reference)), Is.EqualTo([$"{project} may not start {other}"]));
    }

    [TestCase("<Compile Include=\"../replicator/Root/*.cs\" />")]
    [TestCase("<Reference Include=\"Holdfast.Replicator\" />")]
    [TestCase("<Using Include=\"Holdfast.NfLib.Memory\" />")]
    public void Ways_around_the_references_are_found(string item) =>
        Assert.That(Added(With("nflib/nflib", item)), Has.Some.Contains("go around"));

    /// <summary>What a change makes wrong that was right before, so that one fault does not look like many.</summary>
    private static IEnumerable<string> Added(IEnumerable<SourceFile> changed) =>
        Violations(changed).Except(Violations(SourceTree.Projects));

    private static IEnumerable<SourceFile> With(string project, string item)
    {
        var changed = SourceTree.Projects.Single(p => p.Path == $"{project}.csproj");
        var end = changed.Text.LastIndexOf("</Project>", StringComparison.Ordinal);
        var text = changed.Text.Insert(end, $"<ItemGroup>{item}</ItemGroup>");
        return SourceTree.Projects.Where(p => p != changed).Append(changed with { Text = text });
    }

    private static string Way(string from, string to) =>
        Path.GetRelativePath(Path.GetDirectoryName($"/{from}")!, $"/{to}.csproj");

    private static List<string> Violations(IEnumerable<SourceFile> projects)
    {
        var violations = new List<string>();
        foreach (var file in projects)
        {
            var project = NameOf(file.Path);
            var rule = Array.Find(Rules.Projects, r => Fits(r.Project, project));
            if (rule is null)
            {
                violations.Add($"{project} has no rule in {nameof(Rules)}");
                continue;
            }

            var xml = XDocument.Parse(file.Text);
            foreach (var reference in xml.Descendants("ProjectReference"))
            {
                var isStarted = (string?)reference.Attribute("ReferenceOutputAssembly") == "false";
                foreach (var target in ((string)reference.Attribute("Include")!).Split(';'))
                {
                    var referred = NameOf(Path.GetRelativePath(SourceTree.Root,
                        Path.GetFullPath(target, Path.Combine(SourceTree.Root, Path.GetDirectoryName(file.Path)!))));
                    if (!(isStarted ? rule.MayStart : rule.MayLink).Any(allowed => Fits(allowed, referred)))
                        violations.Add($"{project} may not {(isStarted ? "start" : "be compiled against")} {referred}");
                }
            }

            if (project is "tests/tests" or "tests/crash/crash" or "tests/simulation/simulation") continue; // they gather their sources
            violations.AddRange(xml.Descendants()
                .Where(item => item.Attribute("Include") is { } include && item.Name.LocalName switch
                {
                    "Reference" or "Using" => true,
                    "Compile" => include.Value.Contains("..", StringComparison.Ordinal),
                    _ => false,
                })
                .Select(item => $"{project}: {item} would go around the rules"));
        }

        return violations;
    }

    private static bool Fits(string pattern, string project) =>
        pattern.EndsWith('*') ? project.StartsWith(pattern[..^1], StringComparison.Ordinal) : project == pattern;

    private static string NameOf(string path) => Path.ChangeExtension(path, null);
}
