using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Demo;
using Holdfast.Tests.Process.Networks;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>Real programs on both sides of a real node: monitor and firewall between two network interfaces.</summary>
public sealed class LiveChainTests : ClusterFixture
{
    private LiveNetwork _network = null!;

    [SetUp]
    public void Build()
    {
        NetworkNamespace.Require("ping", "ethtool");
        _network = new LiveNetwork(DirectoryOfTest, Programs);
    }

    [TearDown]
    public void Remove() => _network?.Dispose();

    [Test]
    public void Ping_crosses_the_chain()
    {
        var node = StartAlone();
        Assert.That(_network.Client.Run("ping", "-c", "20", "-i", "0.05", "-W", "2", LiveNetwork.ServerAddress), Does.Contain(" 0% packet loss"));
        var status = node.Status()!;
        Assert.That(status.Left.Interface, Is.Not.Null);
        Assert.That((status.Left.Type, status.Left.Interface!.Name, status.Left.Interface.Mode, status.Left.Interface.State),
            Is.EqualTo(("interface", "left", "packet", "up")));
        Assert.That(status.Left.Received, Is.GreaterThanOrEqualTo(21UL), "ping and ARP");
    }

    [Test]
    public void TCP_with_segmentation_left_to_hardware_is_refused_with_a_remedy_and_works_with_it()
    {
        var node = StartAlone();
        using var transfer = new Transfer(_network, 4 << 20);
        node.WaitFor("refuses giant frames", s => s.Right.Interface!.RefusedByReason.ContainsKey("giant"));
        Assert.That(node.Status()!.Right.Interface!.Remedy, Does.Contain("tso off gso off"));
        transfer.Dispose();

        _network.TurnOffloadsOff();
        var refused = node.Status()!.Right.Refused;
        using var second = new Transfer(_network, 4 << 20);
        Assert.That(second.Received.Wait(Patience), Is.True, "the download ends");
        Assert.That(second.Received.Result, Is.EqualTo(second.Expected));
        Assert.That(node.Status()!.Right.Refused - refused, Is.LessThan(10UL), "what the first download still sent");
    }

    [Test]
    public void An_interface_that_goes_and_comes_again_is_followed()
    {
        var node = StartAlone();
        Ping();
        _network.Node.Ip("link delete right");
        var missing = node.WaitFor("misses its interface", s => s.Right.Interface!.State == "missing");
        Assert.That(missing.Lives, Is.EqualTo(1));
        NetworkNamespace.Connect(_network.Server, "s", _network.Node, "right");
        _network.Server.Ip($"addr add {LiveNetwork.ServerAddress}/24 dev s");
        _network.Node.Silence("right");
        node.WaitFor("has it again", s => s.Right.Interface!.State == "up");
        _network.Client.Ip("neigh flush dev c"); // the new cable has a new MAC
        Ping();
        _network.Node.Ip("link set dev left down");
        node.WaitFor("sees the link down", s => s.Left.Interface!.State == "down");
        _network.Node.Ip("link set dev left up");
        node.WaitFor("sees the link up", s => s.Left.Interface!.State == "up");
        Ping();
        Assert.That(node.Status()!.Lives, Is.EqualTo(1));
    }

    [Test]
    public void A_standby_is_silent_until_it_takes_over()
    {
        // Both nodes on the same two interfaces: were the standby not silent, every echo would come twice.
        var (a, b) = StartBoth();
        Assert.That(_network.Client.Run("ping", "-c", "20", "-i", "0.02", "-W", "2", LiveNetwork.ServerAddress),
            Does.Contain(" 0% packet loss").And.Not.Contain("DUP"));
        var standby = b.Status()!;
        Assert.That((standby.Left.Received, standby.Right.Received, standby.Left.Released, standby.Right.Released), Is.EqualTo((0, 0, 0, 0)));
        Assert.That((standby.Left.Stations, standby.Right.Stations), Is.EqualTo((1, 1)), "it knows whom to announce");
        a.Kill();
        b.WaitFor("rules", s => s.Role == "Ruling");
        Assert.That(_network.Client.Run("ping", "-c", "20", "-i", "0.02", "-W", "2", LiveNetwork.ServerAddress),
            Does.Contain(" 0% packet loss").And.Not.Contain("DUP"));
    }

    [Test]
    public void The_death_of_a_primary_is_known_by_its_connection_and_not_by_silence()
    {
        _network.Detect = TimeSpan.FromSeconds(30); // so not by silence
        var (a, b) = StartBoth();
        a.Kill();
        b.WaitFor("rules", s => s.Role == "Ruling", TimeSpan.FromSeconds(10));
        Assert.That(b.LogTail(), Does.Contain("the ruler refuses connections"));
    }

    private DemoNode StartAlone()
    {
        var node = Own(_network.MakeNode("a", 7400, 7401));
        node.Start();
        node.WaitFor("rules", s => s.Role == "Ruling");
        return node;
    }

    private (DemoNode A, DemoNode B) StartBoth()
    {
        var (a, b) = (Own(_network.MakeNode("a", 7400, 7401)), Own(_network.MakeNode("b", 7401, 7400)));
        a.Start();
        b.Start();
        a.WaitFor("is protected", s => s.Protected);
        return (a, b);
    }

    private void Ping() => _network.Client.Run("ping", "-c", "3", "-i", "0.05", "-W", "2", LiveNetwork.ServerAddress);

    /// <summary>The server sends, the client reads to the end.</summary>
    private sealed class Transfer : IDisposable
    {
        private readonly Socket _listener, _client;

        public Transfer(LiveNetwork network, int bytes)
        {
            var data = RandomNumberGenerator.GetBytes(bytes);
            Expected = Convert.ToHexString(SHA256.HashData(data));
            _listener = network.Server.Do(() => new Socket(SocketType.Stream, ProtocolType.Tcp));
            _listener.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
            _listener.Listen();
            _client = network.Client.Do(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            var port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
            _ = Task.Run(() =>
            {
                try
                {
                    using var served = _listener.Accept();
                    served.Send(data);
                }
                catch (SocketException)
                {
                    // The client has gone.
                }
            });
            _client.Connect(IPAddress.Parse(LiveNetwork.ServerAddress), port);
            Received = Task.Run(() => Convert.ToHexString(SHA256.HashData(new NetworkStream(_client))));
        }

        public string Expected { get; }

        /// <summary>The hash of all that came.</summary>
        public Task<string> Received { get; }

        public void Dispose()
        {
            _client.Dispose();
            _listener.Dispose();
        }
    }
}
