using Holdfast.Judge;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

internal static class Expecting
{
    /// <summary>Judges a story that has exactly one violation.</summary>
    public static void Only(Story story, Violation kind, string words)
    {
        var verdict = story.Judge();
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Has.Exactly(1).Items);
            Assert.That(verdict.First, Has.Some.Contains(words));
            Assert.That(verdict[kind], Is.EqualTo(1));
        });
    }
}
