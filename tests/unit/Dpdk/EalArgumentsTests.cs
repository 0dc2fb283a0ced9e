using Holdfast.Nfmgr.Ports.Dpdk;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Dpdk;

public sealed class EalArgumentsTests
{
    [Test]
    public void Without_huge_pages_it_gets_what_it_needs_of_ordinary_ones() =>
        Assert.That(Line(onHugePages: false), Does.Contain("--no-huge").And.Contain("-m 100").And.Contain("--no-shconf").And.Contain("--iova-mode=va"));

    [Test]
    public void With_huge_pages_it_leaves_no_files() => Assert.That(Line(onHugePages: true), Does.Contain("--in-memory").And.Not.Contain("--no-huge"));

    [Test]
    public void It_runs_where_the_process_may_and_takes_no_device_by_itself() =>
        Assert.That(Line(), Does.Contain("--lcores 0@(0-3,8)").And.Contain("-a ffff:ff:1f.7"));

    [Test]
    public void Physical_addresses_are_asked_for_where_a_device_wants_them() => Assert.That(Line(physical: true), Does.Contain("--iova-mode=pa"));

    [TestCase("-m 64", "--no-huge")]
    [TestCase("-m64", "--no-huge")]
    [TestCase("--socket-mem=64", "--no-huge")]
    [TestCase("--iova-mode=pa", "--iova-mode=va")]
    [TestCase("--iova-mode pa", "--iova-mode=va")]
    [TestCase("-l 1", "--lcores")]
    [TestCase("-a 0000:03:00.0", "ffff:")]
    [TestCase("--telemetry", "--no-telemetry")]
    [TestCase("--log-level=debug", "lib.eal:error")]
    public void What_the_operator_says_is_not_said_otherwise(string own, string absent) =>
        Assert.That(Line(own), Does.EndWith(own).And.Not.Contain(absent));

    private static string Line(string own = "", bool physical = false, bool onHugePages = false) =>
        string.Join(' ', EalArguments.Of(own.Split(' ', StringSplitOptions.RemoveEmptyEntries), "0-3,8", physical, onHugePages, 100L << 20));
}
