using System.Net;
using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

public sealed class AddressTests
{
    [TestCase("192.0.2.1:1", "192.0.2.1", 1)]
    [TestCase("0.0.0.0:65535", "0.0.0.0", 65535)]
    [TestCase("[2001:db8::1]:7400", "2001:db8::1", 7400)]
    [TestCase("[::]:7400", "::", 7400)]
    [TestCase("node-b:7400", "node-b", 7400)]
    [TestCase("b.example.net:7400", "b.example.net", 7400)]
    public void Is_taken(string text, string host, int port)
    {
        var address = NodeAddress.TryParse(text);
        Assert.That(address, Is.EqualTo(new NodeAddress(host, port)));
        Assert.That(address!.ToString(), Is.EqualTo(text));
    }

    [TestCase("")]
    [TestCase(":7400")]
    [TestCase("192.0.2.1")]
    [TestCase("192.0.2.1:")]
    [TestCase("192.0.2.1:0")]
    [TestCase("192.0.2.1:65536")]
    [TestCase("192.0.2.1:+1")]
    [TestCase("192.0.2.1: 1")]
    [TestCase("192.0.2.256:1", Description = "a mistyped address is no host name")]
    [TestCase("192.0.2:1")]
    [TestCase("010.0.2.1:1")]
    [TestCase("2001:db8::1:7400", Description = "brackets are needed to tell the port from the address")]
    [TestCase("[192.0.2.1]:7400")]
    [TestCase("[::1:7400")]
    [TestCase("[]:7400")]
    [TestCase("-a:1")]
    [TestCase("a..b:1")]
    [TestCase("a b:1")]
    public void Is_refused(string text) => Assert.That(NodeAddress.TryParse(text), Is.Null);

    [Test]
    public void Becomes_an_end_point()
    {
        Assert.That(new NodeAddress("::1", 5).ToEndPoint(), Is.EqualTo(new IPEndPoint(IPAddress.IPv6Loopback, 5)));
        Assert.That(new NodeAddress("b", 5).ToEndPoint(), Is.EqualTo(new DnsEndPoint("b", 5)));
    }
}
