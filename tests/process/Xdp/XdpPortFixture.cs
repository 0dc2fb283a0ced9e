using System.Net.Sockets;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Ports.Interface.Xdp;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>Makes a bench with ports by AF_XDP on both sides for each test.</summary>
public abstract class XdpPortFixture(XdpBind bind)
{
    private PortBench _bench = null!;

    protected XdpBind Bind => bind;

    private protected PortBench Bench => _bench;

    [SetUp]
    public void Connect()
    {
        try
        {
            _bench = new PortBench((name, pool) => new XdpPort(name, pool, bind));
        }
        catch (XdpException error) when (error.Message.Contains("CONFIG_", StringComparison.Ordinal))
        {
            Assert.Ignore($"no AF_XDP here: {error.Message}");
        }
    }

    [TearDown]
    public void Disconnect() => _bench?.Dispose();

    private protected static InterfaceReport Report(Replicator.Root.IPort port) => ((IInterfacePort)port).Report();

    private protected static void Try(Action send)
    {
        try
        {
            send();
        }
        catch (SocketException)
        {
            // The link is down.
        }
    }
}
