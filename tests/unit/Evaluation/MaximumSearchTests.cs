using Holdfast.Evaluation.Measuring;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class MaximumSearchTests
{
    [TestCase(1_000_000)]
    [TestCase(700_000)]
    [TestCase(120_000)]
    [TestCase(3_000)]
    public void The_highest_rate_without_loss_is_found(long limit)
    {
        var found = MaximumSearch.Find(1_000_000, rate => rate > limit ? 0.01 : 0);
        Assert.That(found, Is.LessThanOrEqualTo(limit).And.GreaterThan(limit / 2 - 20_000));
    }

    [Test]
    public void Where_even_little_is_lost_something_small_is_left() =>
        Assert.That(MaximumSearch.Find(1_000_000, _ => 1), Is.InRange(1, 1_000));
}
