using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Demo;
using Holdfast.Tests.Process.Networks;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Xdp;

/// <summary>A real node whose NF processes map what AF_XDP receives into.</summary>
public sealed class XdpNodeTests : ClusterFixture
{
    private LiveNetwork _network = null!;

    [SetUp]
    public void Build()
    {
        NetworkNamespace.Require("ping", "ethtool");
        _network = new LiveNetwork(DirectoryOfTest, Programs) { LeftMode = "xdp", RightMode = "xdp" };
    }

    [TearDown]
    public void Remove() => _network?.Dispose();

    [Test]
    public void Ping_crosses_the_chain_again_and_again_after_kills()
    {
        for (var life = 0; life < 3; life++)
        {
            var node = Start();
            Assert.That(_network.Client.Run("ping", "-c", "20", "-i", "0.02", "-W", "2", LiveNetwork.ServerAddress), Does.Contain(" 0% packet loss"));
            var status = node.WaitFor("has all buffers", s => s.Buffers.Free + s.Buffers.Ports == s.Buffers.Total);
            Assert.That((status.Left.Interface!.Mode, status.Left.Interface.State, status.Left.Refused), Is.EqualTo(("xdp driver", "up", 0UL)));
            Assert.That(status.Left.Received, Is.GreaterThanOrEqualTo(20UL));
            node.Kill();
            Assert.That(SpinWait.SpinUntil(() => !_network.Node.Ip("-d link show dev left").Contains("xdp", StringComparison.Ordinal), 2000), Is.True);
            Directory.Delete(Path.Combine(DirectoryOfTest, "state-a"), recursive: true);
        }
    }

    [Test]
    public void Status_says_why_it_is_not_bound_better()
    {
        var node = Start();
        Assert.That(node.Status()!.Events, Has.Some.Contains("left port: mode xdp driver, because").And.Some.Contains("huge pages").Or.Some.Contains("ZeroCopy"));
        Assert.That(_network.Node.Ip("-d link show dev left"), Does.Contain("prog/xdp"));
    }

    [Test]
    public void The_node_lives_through_an_interface_that_goes_and_comes_again()
    {
        var node = Start();
        _network.Node.Ip("link delete right");
        node.WaitFor("misses its interface", s => s.Right.Interface!.State == "missing");
        NetworkNamespace.Connect(_network.Server, "s", _network.Node, "right");
        _network.Server.Ip($"addr add {LiveNetwork.ServerAddress}/24 dev s");
        _network.Node.Silence("right");
        node.WaitFor("has it again", s => s.Right.Interface!.State == "up");
        Assert.That(_network.Client.Run("ping", "-c", "5", "-i", "0.02", "-W", "2", LiveNetwork.ServerAddress), Does.Contain(" 0% packet loss"));
        Assert.That(node.WaitFor("has all buffers", s => s.Buffers.Free + s.Buffers.Ports == s.Buffers.Total).Lives, Is.EqualTo(1));
    }

    private DemoNode Start()
    {
        var node = Own(_network.MakeNode("a", 7400, 7401));
        node.Start();
        node.WaitFor("rules", s => s.Role == "Ruling");
        return node;
    }
}
