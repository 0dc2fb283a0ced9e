using Holdfast.Nfmgr.Interfaces;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Interface;

public class EphemeralPortsTests
{
    [TestCase(32767, false)]
    [TestCase(32768, true)]
    [TestCase(39999, true)]
    [TestCase(40000, false)]
    [TestCase(40010, false)]
    [TestCase(40011, true)]
    [TestCase(50000, false)]
    [TestCase(60999, true)]
    [TestCase(61000, false)]
    public void Reserved_ones_are_none_of_them(int port, bool isOne) =>
        Assert.That(EphemeralPorts.Parse("32768\t60999\n", "7400,40000-40010,50000\n").Contains(port), Is.EqualTo(isOne));

    [Test]
    public void An_empty_list_reserves_nothing() => Assert.That(EphemeralPorts.Parse("32768\t60999\n", "\n").Contains(40_000), Is.True);

    [Test]
    public void One_more_is_reserved_beside_the_others() =>
        Assert.That(EphemeralPorts.Parse("32768\t60999\n", "7400,40000-40010\n").ReservedWith(50_000), Is.EqualTo("50000,7400,40000-40010"));

    [Test]
    public void This_machine_has_some()
    {
        var here = EphemeralPorts.Read();
        Assert.That(here.First, Is.InRange(1, here.Last));
        Assert.That(here.Last, Is.LessThanOrEqualTo(ushort.MaxValue));
    }
}
