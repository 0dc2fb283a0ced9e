using Holdfast.Chaos.Sessions;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Chaos;

/// <summary>The one difference in state that is excused, and its neighbours, which are not.</summary>
public sealed class CrossedResetsTests
{
    private const string OnNode = "state of nat on a (first) and in the reference (second): only in the first: sessions[0205100a7ab60600] = 00661883111cea180200000000020000b14e0000";
    private const string InReference = "state of nat on a (first) and in the reference (second): only in the second: sessions[0205100a7ab60600] = 00661883111cea180200000000020000b14e0000";

    [Test]
    public void A_reset_that_crossed_an_opening_is_counted_with_both_its_words() =>
        Assert.That(CrossedResets.Count([$"{OnNode}00000000", $"{InReference}12000000"]), Is.EqualTo(2));

    [TestCase($"{OnNode}00000000", $"{InReference}02000000", Description = "no reset")]
    [TestCase($"{OnNode}00000000", $"{InReference}12000001", Description = "something else, too")]
    [TestCase($"{OnNode}00000000", $"{InReference}92000000", Description = "no progress of a connection")]
    [TestCase($"{OnNode}00000000", "state of nat on a (first) and in the reference (second): only in the second: sessions[0305100a7ab60600] = 00", Description = "another entry")]
    [TestCase($"{InReference}12000000", "clock 7: an output came out again", Description = "one of them alone")]
    public void Anything_else_is_not(params string[] words) => Assert.That(CrossedResets.Count(words), Is.Zero);
}
