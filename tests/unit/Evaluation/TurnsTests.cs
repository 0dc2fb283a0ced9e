using Holdfast.Evaluation.Measuring;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class TurnsTests
{
    [Test]
    public void Contestants_take_turns_and_the_order_turns_round()
    {
        var order = new List<string>();
        var measured = Turns.Take(3, ["a", "b", "c"], contestant =>
        {
            order.Add(contestant);
            return order.Count;
        });
        Assert.That(string.Concat(order), Is.EqualTo("abccbaabc"));
        Assert.That(measured["a"], Is.EqualTo([1, 6, 7]));
        Assert.That(measured["c"], Is.EqualTo([3, 4, 9]));
    }
}
