using Holdfast.Nfmgr.Runtime;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Runtime;

public sealed class RootWarmUpTests
{
    [Test]
    public void A_root_that_warms_up_goes_all_the_ways_that_packets_take_later() => Assert.That(RootWarmUp.Run(), Is.True);
}
