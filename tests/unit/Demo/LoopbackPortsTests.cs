using System.Net;
using System.Net.Sockets;
using Holdfast.Nfmgr.Demo;
using Holdfast.Nfmgr.Interfaces;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Demo;

public class LoopbackPortsTests
{
    [Test]
    public void None_is_given_twice_nor_one_that_the_kernel_may_give_away()
    {
        var given = Enumerable.Range(0, 200).Select(_ => LoopbackPorts.Next()).ToArray();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var lowest = EphemeralPorts.Read().First;
        Assume.That(lowest, Is.GreaterThan(11_000), "the kernel of this machine gives away nearly every port");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(given, Is.Unique);
            Assert.That(given, Is.All.LessThan(lowest));
            Assert.That(((IPEndPoint)listener.LocalEndpoint).Port, Is.GreaterThanOrEqualTo(lowest));
        }
    }

    [Test]
    public void Where_somebody_listens_is_passed_over()
    {
        // Handed out in order: the one after the next is known beforehand, unless somebody listens there.
        using var listener = new TcpListener(IPAddress.Loopback, LoopbackPorts.Next() + 3);
        listener.Start();
        var next = Enumerable.Range(0, 5).Select(_ => LoopbackPorts.Next());
        Assert.That(next, Has.None.EqualTo(((IPEndPoint)listener.LocalEndpoint).Port));
    }
}
