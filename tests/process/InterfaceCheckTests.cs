using System.Diagnostics;
using Holdfast.Chaos.Networks;
using Holdfast.Tests.Process.Networks;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>What nfmgr says of real interfaces before it uses them.</summary>
public sealed class InterfaceCheckTests : ClusterFixture
{
    private LiveNetwork _network = null!;
    private string _config = "";

    [SetUp]
    public void Build()
    {
        NetworkNamespace.Require("ethtool", "setpriv");
        _network = new LiveNetwork(DirectoryOfTest, Programs);
        _config = _network.WriteConfiguration("a", 7400, 7401);
    }

    [TearDown]
    public void Remove() => _network?.Dispose();

    [Test]
    public void Good_interfaces_are_fine()
    {
        var (code, output) = Nfmgr("check");
        Assert.That(output, Does.Not.Contain("error:"));
        Assert.That(code, Is.Zero);
        Assert.That(output, Does.Contain("left is a veth"));
    }

    [Test]
    public void What_is_wrong_with_an_interface_is_seen()
    {
        _network.Node.Run("sysctl", "-qw", "net.ipv6.conf.right.disable_ipv6=0");
        _network.Node.Ip("addr add 10.8.0.1/24 dev left");
        _network.Node.Ip("link set dev left arp on mtu 3000");
        _network.Node.Run("ethtool", "-K", "left", "gro", "on");
        _network.Node.Ip("link add br0 type bridge");
        _network.Node.Ip("link set dev right master br0");
        var (code, output) = Nfmgr("check");
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("error: left port: left has the address 10.8.0.1")
            .And.Contain("error: right port: right belongs to br0")
            .And.Contain("error: right port: right has the address fe80::")
            .And.Contain("warning: left port: left has ARP on")
            .And.Contain("warning: left port: left has rx-gro on")
            .And.Contain("warning: left port: left has MTU 3000")
            .And.Contain("warning: ports: right has MTU 1500, left 3000"));
        Assert.That(RefusalToRun(), Does.Contain("error: left port: left has the address 10.8.0.1"));
    }

    [Test]
    public void An_interface_that_is_not_there_is_not_guessed()
    {
        File.WriteAllText(_config, File.ReadAllText(_config).Replace("\"interface\": \"left\"", "\"interface\": \"lefd\""));
        Assert.That(RefusalToRun(), Does.Contain("error: left port: this machine has no interface lefd; did you mean 'left'?"));
    }

    [Test]
    public void A_user_without_the_right_is_told_how_to_get_it()
    {
        string[] withoutIt = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw", "--"];
        var (code, output) = Nfmgr("check", withoutIt);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("may not open packet sockets").And.Contain("setcap cap_net_raw+ep"));
        Assert.That(RefusalToRun(withoutIt), Does.Contain("setcap cap_net_raw+ep"));
    }

    /// <summary>The node's state directory is not made either, but it does not come that far.</summary>
    private string RefusalToRun(params string[] by)
    {
        var (code, output) = Nfmgr("run", by);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(output.TrimEnd().Split('\n'), Is.All.Match("^(error|warning): "));
        return output;
    }

    private (int Code, string Output) Nfmgr(string command, params string[] by)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("ip",
            ["netns", "exec", _network.Node.Name, .. by, Path.Combine(Programs, "nfmgr"), command, "--config", _config])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.Result;
        process.WaitForExit();
        TestContext.Out.WriteLine(output);
        return (process.ExitCode, output);
    }
}
