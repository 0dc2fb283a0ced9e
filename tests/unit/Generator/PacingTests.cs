using Holdfast.Generator;
using Holdfast.Generator.Traffic;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

public sealed class PacingTests
{
    [TestCase(1_000, 1)]
    [TestCase(100_000, 10)]
    [TestCase(5_000_000, 64)]
    public void A_rate_is_kept_in_small_bursts(double rate, int burst)
    {
        var pacer = new Pacer(rate, 0);
        var (sent, now) = (0L, 0L);
        while (now < Time.Second)
        {
            now = Math.Max(now + 1, pacer.Due);
            var allowed = pacer.Allowed(now);
            Assert.That(allowed, Is.LessThanOrEqualTo(burst));
            pacer.Spend(allowed);
            sent += allowed;
        }

        Assert.That(sent, Is.EqualTo(rate).Within(0.01 * rate + 1));
    }

    [Test]
    public void A_long_sleep_is_not_made_up_for()
    {
        var pacer = new Pacer(1_000_000, 0);
        var sent = 0;
        while (pacer.Allowed(Time.Second) is > 0 and var allowed)
        {
            pacer.Spend(allowed);
            sent += allowed;
        }

        Assert.That(sent, Is.EqualTo(6_000).Within(64));
    }
}
