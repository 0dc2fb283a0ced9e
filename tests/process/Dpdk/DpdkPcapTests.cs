using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>The shipped example chain, from a recording to recordings, by ports of type pcap and by DPDK's net_pcap.</summary>
public sealed class DpdkPcapTests : ClusterFixture
{
    [OneTimeSetUp]
    public void Require() => DpdkRequirement.Start();

    [Test]
    public void A_recording_comes_out_as_it_does_of_a_pcap_port([Values] bool onHugePages)
    {
        var expected = Run("pcap", text => text);
        var actual = Run("dpdk", text => text
            .Replace("\"left\": { \"type\": \"pcap\", \"read\": \"left-in.pcap\", \"write\": \"left-out.pcap\" }",
                $$"""{{"\"left\""}}: { "type": "dpdk", "device": "net_pcap0,rx_pcap={{Capture}},tx_pcap={{Out("dpdk", "left")}}" }""", StringComparison.Ordinal)
            .Replace("\"right\": { \"type\": \"pcap\", \"write\": \"right-out.pcap\" }",
                $$"""{{"\"right\""}}: { "type": "dpdk", "device": "net_pcap1,tx_pcap={{Out("dpdk", "right")}}" }""", StringComparison.Ordinal)
            .Replace("\"node\":", onHugePages ? "\"node\":" : "\"hugePages\": \"never\", \"node\":", StringComparison.Ordinal));
        Assert.That(actual.Right, Is.EqualTo(expected.Right));
        Assert.That(actual.Left, Is.EqualTo(expected.Left));
        Assert.That(expected.Right, Has.Count.GreaterThan(50), "hardly anything came out");
    }

    private (List<byte[]> Left, List<byte[]> Right) Run(string name, Func<string, string> change)
    {
        var directory = Path.Combine(DirectoryOfTest, name);
        Directory.CreateDirectory(directory);
        File.Copy(Capture, Path.Combine(directory, "left-in.pcap"));
        var repository = Path.GetFullPath(Path.Combine(Programs, "../../../.."));
        var config = Path.Combine(directory, "edge.json");
        var text = File.ReadAllText(Path.Combine(repository, "chains", "edge.json")).Replace("127.0.0.1:7400", $"127.0.0.1:{LoopbackPorts.Next()}", StringComparison.Ordinal);
        var changed = change(text);
        if (name == "dpdk") Assert.That(changed.Split("net_pcap"), Has.Length.EqualTo(3), "the example has other ports now");
        File.WriteAllText(config, changed);
        var node = Own(new DemoNode("a", Path.Combine(Programs, "nfmgr"), directory, config));
        node.Initialise();
        node.Start();
        var status = node.WaitFor("has read the recording", s => s.Left.Accepted == 242 && s.Buffers.Free + s.Buffers.Ports == s.Buffers.Total && s.Left.Sent + s.Right.Sent > 0
            && s.Functions[0].LeftToRight == 242);
        Assert.That(status.Left.Type, Is.EqualTo(name));
        node.Stop();
        return (Recording.Frames(Out(name, "left")), Recording.Frames(Out(name, "right")));
    }

    private string Out(string name, string side) => Path.Combine(DirectoryOfTest, name, $"{side}-out.pcap");
}
