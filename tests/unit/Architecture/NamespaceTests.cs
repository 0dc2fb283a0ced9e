using NUnit.Framework;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>Namespaces form layers: uses go down only.</summary>
public sealed class NamespaceTests
{
    [Test]
    public void No_namespace_uses_one_that_it_may_not() => Assert.That(Violations(SourceTree.Code), Is.Empty);

    [Test]
    public void The_rules_themselves_allow_no_circle()
    {
        var rules = Rules.Namespaces;
        var upwards = rules.SelectMany((rule, index) => rule.MayUse
            .Where(used => ProjectOf(used) == ProjectOf(rule.Namespace)
                           && Array.FindIndex(rules, r => r.Namespace == used) >= index)
            .Select(used => $"{rule.Namespace} stands before {used}"));
        Assert.That(upwards, Is.Empty);
    }

    [Test]
    public void The_rules_allow_nothing_that_no_code_needs()
    {
        var dependencies = new NamespaceScan(SourceTree.Code).Dependencies();
        var idle = Rules.Namespaces.SelectMany(rule => rule.MayUse
            .Where(used => !dependencies.Any(d => Fits(rule, Short(d.From)) && Allows(rule, used, Short(d.To))))
            .Select(used => $"{rule.Namespace} does not use {used}"));
        Assert.That(idle, Is.Empty);
    }

    private static IEnumerable<TestCaseData> WrongUses()
    {
        const string counter = "nflib/State/Counter.cs", state = "NfLib.State", functions = "NfLib.Functions";
        yield return Case(counter, "using Holdfast.NfLib.Functions;", state, functions);
        yield return Case(counter, "using static Holdfast.NfLib.Functions.DropReason;", state, functions);
        yield return Case(counter, "using F = Holdfast.NfLib.Functions.Batch;", state, functions);
        yield return Case(counter, "file record X(Functions.DropReason Y);", state, functions);
        yield return Case(counter, "file record X(NfLib.Functions.DropReason Y);", state, functions);
        yield return Case(counter, "file record X(global::Holdfast.NfLib.Functions.Batch Y);", state, functions);
        yield return Case("nfmgr/Control/ControlServer.cs",
            "file class X { string Y() => $\"{Runtime.Clock.Now:x}\"; }", "Nfmgr.Control", "Nfmgr.Runtime");
        // The namespace around one's own needs no directive.
        yield return Case("replicator/Root/Latch.cs", "file record X(ReplicationAgent Y);",
            "Replicator.Root", "Replicator");
        yield return Case("replicator/Messages/MessageWriter.cs", "using Holdfast.Replicator.Protocol;",
            "Replicator.Messages", "Replicator.Protocol");
        yield return Case("replicator/Protocol/NodeCore.cs", "using Holdfast.NfLib.Memory;",
            "Replicator.Protocol", "NfLib.Memory");
        yield return Case("chains/nat/Nat.cs", "using Holdfast.NfLib.Rings;", "Chains.Nat", "NfLib.Rings");
        yield return Case("tests/judge/Judgement.cs", "using Holdfast.Replicator.Root;", "Judge", "Replicator.Root");
        yield return Case("tests/generator/Wires/Node.cs", "using Holdfast.Nfmgr.Ports;",
            "Generator.Wires", "Nfmgr.Ports");

        static TestCaseData Case(params object[] arguments) => new(arguments);
    }

    [TestCaseSource(nameof(WrongUses))]
    public void A_wrong_use_is_found(string path, string code, string from, string to) =>
        Assert.That(Added(With(path, code)), Has.Some.StartsWith($"{from} may not use {to} ({path}: "));

    [Test]
    public void No_file_imports_a_namespace_for_all_others() =>
        Assert.That(SourceTree.Code.Where(file => file.Text.Contains("global using", StringComparison.Ordinal)),
            Is.Empty, "a global using would hide who uses what");

    [Test]
    public void A_namespace_without_a_rule_is_found() =>
        Assert.That(Added([.. SourceTree.Code, new SourceFile("nflib/New/N.cs", "namespace Holdfast.NfLib.New;")]),
            Is.EqualTo(["NfLib.New has no rule in Rules"]));

    [TestCase("// using Holdfast.NfLib.Functions; Functions.DropReason")]
    [TestCase("/* Functions.DropReason */")]
    [TestCase("file class X { string Y = \"Functions.Batch\", Z = @\"\"\"Functions.Batch\"; }")]
    [TestCase("file class X { string Y = $\"{1}Functions.Batch{{Functions.Batch}}\"; }")]
    [TestCase("file class X { string Y = \"\"\"\n{Functions.Batch \"Functions.Batch\" \n\"\"\"; }")]
    [TestCase("file class X { char Y = '\"', Z = '\\''; string A(X Functions) => Functions.ToString(); }")]
    public void Comments_texts_and_names_of_members_are_no_uses(string code) =>
        Assert.That(Added(With("nflib/State/Counter.cs", code)), Is.Empty);

    /// <summary>What a change makes wrong that was right before, so that one fault does not look like many.</summary>
    private static IEnumerable<string> Added(IEnumerable<SourceFile> changed) =>
        Violations(changed).Except(Violations(SourceTree.Code));

    private static IEnumerable<SourceFile> With(string path, string code)
    {
        var changed = SourceTree.Code.Single(f => f.Path == path);
        return SourceTree.Code.Where(f => f != changed).Append(changed with { Text = $"{changed.Text}\n{code}\n" });
    }

    private static List<string> Violations(IEnumerable<SourceFile> files)
    {
        var scan = new NamespaceScan(files);
        var violations = scan.Namespaces.Select(Short).Where(name => RuleOf(name) is null)
            .Select(name => $"{name} has no rule in {nameof(Rules)}").ToList();
        foreach (var (from, to, where) in scan.Dependencies())
        {
            if (RuleOf(Short(from)) is not { } rule || Fits(rule, Short(to))) continue;
            if (!rule.MayUse.Any(used => Allows(rule, used, Short(to))))
                violations.Add($"{Short(from)} may not use {Short(to)} ({where})");
        }

        return violations;
    }

    private static NamespaceRule? RuleOf(string name) => Array.Find(Rules.Namespaces, rule => Fits(rule, name));

    private static bool Fits(NamespaceRule rule, string name) => rule.Namespace.EndsWith('*')
        ? name.StartsWith(rule.Namespace[..^1], StringComparison.Ordinal)
        : name == rule.Namespace;

    private static bool Allows(NamespaceRule rule, string used, string name) =>
        name == used
        || ProjectOf(used) != ProjectOf(rule.Namespace) && name.StartsWith(used + ".", StringComparison.Ordinal);

    private static string ProjectOf(string name) => name.Split('.')[0];

    private static string Short(string name) => name.Replace("Holdfast.", "", StringComparison.Ordinal);
}
