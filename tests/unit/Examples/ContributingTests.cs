using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Examples;

/// <summary>The example that CONTRIBUTING.md shows is the one that is compiled and tested here.</summary>
public sealed class ContributingTests
{
    [TestCase("Limiter.cs")]
    [TestCase("LimiterSettings.cs")]
    [TestCase("LimiterTests.cs")]
    public void The_document_shows_this_file(string file)
    {
        var code = File.ReadAllText(Path.Combine(SourceTree.Root, "tests/unit/Examples", file));
        var document = File.ReadAllText(Path.Combine(SourceTree.Root, "CONTRIBUTING.md"));
        Assert.That(document, Does.Contain($"```csharp\n{code}```\n"));
    }
}
