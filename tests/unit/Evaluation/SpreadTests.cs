using Holdfast.Evaluation.Measuring;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class SpreadTests
{
    [Test]
    public void The_median_is_the_one_in_the_middle_and_all_keep_their_order()
    {
        var spread = Spread.Of(5, 1, 3);
        Assert.That((spread.Median, spread.Low, spread.High), Is.EqualTo((3, 1, 5)));
        Assert.That(spread.All, Is.EqualTo([5, 1, 3]));
    }

    [Test]
    public void Of_an_even_number_it_is_between_the_two_in_the_middle() => Assert.That(Spread.Of(4, 1, 2, 9).Median, Is.EqualTo(3));

    [Test]
    public void A_ratio_is_taken_turn_by_turn()
    {
        // The machine was twice as quick in the second turn; the ratio was the same.
        var ratio = Spread.Of(1, 2, 3).Over(Spread.Of(2, 4, 4));
        Assert.That(ratio.All, Is.EqualTo([0.5, 0.5, 0.75]));
        Assert.That((ratio.Median, ratio.Low, ratio.High), Is.EqualTo((0.5, 0.5, 0.75)));
    }

    [Test]
    public void What_was_not_measured_in_turns_has_no_ratio()
    {
        Assert.That(() => Spread.Of(1, 2).Over(Spread.Of(1)), Throws.ArgumentException.With.Message.Contains("turns"));
        Assert.That(() => Spread.Of(), Throws.ArgumentException);
    }
}
