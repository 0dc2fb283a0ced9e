using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>Every rule of the file has a case here: what is changed in the sample, and the one error that
/// follows.</summary>
public sealed class RefusalTests
{
    [TestCase("\"node\": { \"name\": \"a\" },", "", "1:1: node: is missing; add")]
    [TestCase("\"node\": { \"name\": \"a\" }", "\"node\": 3", "2:11: node: is a number; it must be an object")]
    [TestCase("{ \"name\": \"a\" }", "{ }", "2:11: node.name: is missing; give this node a name")]
    [TestCase("{ \"name\": \"a\" }", "{ \"name\": null }", "2:21: node.name: is null; it must be a string")]
    [TestCase("\"a\" }", "\"A\" }", "2:21: node.name: 'A' is no name; write 1 to 24 characters of a-z, 0-9 and -")]
    [TestCase("\"a\" }", "\"\" }", "2:21: node.name: '' is no name")]
    [TestCase("\"a\" }", "\"a\", \"stateDirectory\": \"\" }", "2:44: node.stateDirectory: '' is no path; write one")]
    [TestCase("\"a\" }", "\"a\", \"runtimeDirectory\": [] }",
        "2:46: node.runtimeDirectory: is an array; it must be a string")]
    [TestCase("\"a\" }", "\"a\", \"stateDirectory\": \"x\\u0000\" }",
        "node.stateDirectory: 'x\0' holds a control character")]
    [TestCase("\"a\" }", "\"a\", \"nmae\": 1 }", "2:26: node.nmae: unknown key; did you mean 'name'?")]
    [TestCase("\"listen\": \"0.0.0.0:7400\",", "", "1:1: listen: is missing; give the address and port")]
    [TestCase("\"0.0.0.0:7400\"", "\"0.0.0.0\"",
        "3:13: listen: '0.0.0.0' is no address; write IPv4:port, [IPv6]:port or host:port")]
    [TestCase("\"0.0.0.0:7400\"", "true", "3:13: listen: is a boolean; it must be a string")]
    [TestCase("\"peer\": { \"name\": \"b\", \"address\": \"192.0.2.2:7400\" },", "", "1:1: peer: is missing; add")]
    [TestCase("\"name\": \"b\", ", "", "4:11: peer.name: is missing; give the other node's name")]
    [TestCase("\"b\", \"address\"", "\"a\", \"address\"",
        "4:21: peer.name: 'a' is this node's own name; give the other node's")]
    [TestCase(", \"address\": \"192.0.2.2:7400\"", "", "4:11: peer.address: is missing")]
    [TestCase("\"192.0.2.2:7400\"", "\"192.0.2.2:0\"", "4:37: peer.address: '192.0.2.2:0' is no address")]
    [TestCase("\"192.0.2.2:7400\"", "\"0.0.0.0:7400\"",
        "4:37: peer.address: '0.0.0.0:7400' is this node's own \"listen\" address")]
    [TestCase("\"initialPrimary\": \"a\",", "", "1:1: initialPrimary: is missing; name the node")]
    [TestCase("\"initialPrimary\": \"a\"", "\"initialPrimary\": \"c\"",
        "5:21: initialPrimary: 'c' is neither this node nor its peer; did you mean 'a'?")]
    [TestCase("\"name\": \"edge\",", "", "6:12: chain.name: is missing; name the chain")]
    [TestCase("\"edge\",", "\"edge\", \"seed\": -1,",
        "chain.seed: -1 is not possible; write a whole number from 0 to 18446744073709551615")]
    [TestCase("\"edge\",", "\"edge\", \"seed\": 1.5,", "chain.seed: 1.5 is not possible")]
    [TestCase("\"edge\",", "\"edge\", \"seed\": \"1\",",
        "chain.seed: is a string; it must be a number; write a whole number")]
    [TestCase("\"edge\",", "\"edge\", \"packetBuffers\": 1023,",
        "7:38: chain.packetBuffers: 1023 is not possible; write a whole number of buffers from 1024 to 1048576")]
    [TestCase("\"edge\",", "\"edge\", \"packetBuffers\": 1048577,", "chain.packetBuffers: 1048577 is not possible")]
    [TestCase("\"edge\",", "\"edge\", \"packetsInChain\": 31,",
        "chain.packetsInChain: 31 is not possible; write a whole number of packets per direction from 32 to 4096")]
    [TestCase("\"edge\",", "\"edge\", \"packetsInChain\": 4096,",
        "7:39: chain.packetBuffers: 8192 are too few for 4096 packets in the chain per direction; write at least")]
    [TestCase("\"edge\",", "\"edge\", \"batchCommit\": false, \"twins\": true,",
        "7:52: chain.twins: is true, but a twin can only go on where batches are committed; write \"batchCommit\": true, or leave twins out")]
    [TestCase("\"edge\",", "\"edge\", \"batchCommit\": \"yes\",",
        "7:36: chain.batchCommit: is a string; it must be true or false, without quotes")]
    [TestCase("\"edge\",", "\"edge\", \"hangTimeout\": 19,",
        "chain.hangTimeout: 19 is not possible; write a whole number of milliseconds from 20 to 60000")]
    [TestCase("\"edge\",", "\"edge\", \"onFunctionFailure\": \"failopen\",",
        "7:42: chain.onFunctionFailure: 'failopen' is unknown; did you mean 'fail-open'?")]
    [TestCase("\"edge\",", "\"edge\", \"deathsPerMinute\": 0,", "chain.deathsPerMinute: 0 is not possible")]
    [TestCase("\"edge\",", "\"edge\", \"quarantinePerMinute\": 10001,", "chain.quarantinePerMinute: 10001 is not possible")]
    [TestCase("\"edge\",", "\"edge\", \"quarantineBytes\": -1,", "chain.quarantineBytes: -1 is not possible")]
    [TestCase("{ \"name\": \"monitor\", \"program\": \"monitor\" },", "7,",
        "9:7: chain.functions[0]: is a number; it must be an object")]
    [TestCase("\"name\": \"monitor\", ", "", "9:7: chain.functions[0].name: is missing; give the NF a name")]
    [TestCase("\"name\": \"monitor\"", "\"name\": \"nat\"",
        "10:17: chain.functions[1].name: 'nat' is the name of an NF before it; give each its own")]
    [TestCase(", \"program\": \"monitor\"", "",
        "9:7: chain.functions[0].program: is missing; give the name of a shipped NF")]
    [TestCase("\"program\": \"monitor\"", "\"program\": \"Monitor\"",
        "9:39: chain.functions[0].program: 'Monitor' is no program")]
    [TestCase("{ \"outside\": \"198.51.100.1\" }", "\"x\"",
        "10:54: chain.functions[1].settings: is a string; it must be an object")]
    [TestCase("\"settings\"", "\"setings\"",
        "10:42: chain.functions[1].setings: unknown key; did you mean 'settings'?")]
    [TestCase("\"left\": { \"type\": \"wire\", \"socket\": \"far.sock\" },", "",
        "6:12: chain.left: is missing; add a port")]
    [TestCase("\"type\": \"wire\", ", "", "12:13: chain.left.type: is missing; write 'interface', 'dpdk', 'wire', 'pcap' or 'generator'")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\"", "12:13: chain.left.interface: is missing; give the name")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": \"eth/1\"",
        "12:49: chain.left.interface: 'eth/1' is no name of an interface; write one that 'ip link' shows")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": \"abcdefghijklmnop\"",
        "12:49: chain.left.interface: 'abcdefghijklmnop' is no name of an interface")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": 1", "12:49: chain.left.interface: is a number")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": \"eth1\", \"mode\": \"fast\"",
        "12:65: chain.left.mode: 'fast' is unknown; write one of 'auto', 'packet', 'xdp'")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": \"eth1\", \"socket\": \"x\"",
        "12:57: chain.left.socket: unknown key; write one of 'type', 'interface', 'mode'")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\"",
        "12:13: chain.left.device: is missing; give a device that `nfmgr devices` lists")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": 3",
        "12:41: chain.left.device: is a number; it must be a string")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"eth1\"",
        "12:41: chain.left.device: 'eth1' is no device; write a PCI address as 0000:03:00.0, or a virtual device as net_tap0,iface=x")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_af_xdp0,iface=eth1\"",
        "12:41: chain.left.device: 'net_af_xdp0,iface=eth1' can't receive into Holdfast's packet pool")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"queues\": 0",
        "12:63: chain.left.queues: 0 is not possible; write a whole number of queues from 1 to 16")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"queues\": 17",
        "chain.left.queues: 17 is not possible")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"descriptors\": 63",
        "chain.left.descriptors: 63 is not possible; write a whole number of frames from 64 to 4096")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"vlan\": 4095",
        "chain.left.vlan: 4095 is not possible; write a whole number of a VLAN from 1 to 4094")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"vlan\": 0",
        "chain.left.vlan: 0 is not possible")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"dpdk\", \"device\": \"net_tap0\", \"mode\": \"xdp\"",
        "chain.left.mode: unknown key; write one of 'type', 'device', 'queues', 'descriptors', 'vlan'")]
    [TestCase("\"wire\"", "\"wires\"", "12:23: chain.left.type: 'wires' is no type of port; did you mean 'wire'?")]
    [TestCase(", \"socket\": \"far.sock\"", "", "12:13: chain.left.socket: is missing; give the path")]
    [TestCase("\"far.sock\"", "\"far.sock\", \"read\": \"x\"",
        "12:53: chain.left.read: unknown key; write one of 'type', 'socket'")]
    [TestCase(", \"read\": \"in.pcap\", \"write\": \"out.pcap\"", "",
        "13:14: chain.right.read: is missing, and write too; give read, write or both")]
    [TestCase("\"in.pcap\"", "\"out.pcap\"",
        "chain.right.write: '/etc/holdfast/out.pcap' is chain.right.read too; write to a file of its own")]
    [TestCase("\"out.pcap\"", "\"out.pcap\", \"pace\": \"slow\"",
        "chain.right.pace: 'slow' is unknown; write one of 'fast', 'recorded'")]
    [TestCase("\"out.pcap\"", "\"out.pcap\", \"pace\": 1", "chain.right.pace: is a number; it must be a string")]
    [TestCase("{}", "{ \"detect\": 4 }",
        "15:30: replication.detect: 4 is not possible; write a whole number of milliseconds from 5 to 60000")]
    [TestCase("{}", "{ \"minSpacing\": 1000001 }",
        "replication.minSpacing: 1000001 is not possible; write a whole number of microseconds")]
    [TestCase("{}", "{ \"maxInterval\": 99 }", "replication.maxInterval: 99 is not possible")]
    [TestCase("{}", "{ \"minSpacing\": 2000 }",
        "15:34: replication.maxInterval: 1000 µs is less than minSpacing, 2000 µs; raise maxInterval or lower")]
    [TestCase("{}", "{ \"onSilence\": \"arbiter\" }", "replication.arbiter: is missing; give the address where `nfmgr arbiter` listens")]
    [TestCase("{}", "{ \"arbiter\": \"192.0.2.9:7400\" }", "replication.arbiter: is never asked; write")]
    [TestCase("{}", "{ \"onSilence\": \"panic\" }",
        "replication.onSilence: 'panic'")]
    [TestCase("\"replication\": {}", "\"waiting\": \"poll \"",
        "15:14: waiting: 'poll ' is unknown; did you mean 'poll'?")]
    [TestCase("\"replication\": {}", "\"dpdk\": { \"arguments\": [7] }", "dpdk.arguments[0]: is a number; it must be a string")]
    [TestCase("\"replication\": {}", "\"dpdk\": { \"arguments\": \"-d x.so\" }", "dpdk.arguments: is a string; it must be an array")]
    [TestCase("\"replication\": {}", "\"dpdk\": { \"arguments\": [\"\"] }", "dpdk.arguments[0]: '' is no argument; write one as on a command line")]
    [TestCase("\"replication\": {}", "\"dpdk\": { \"arguments\": [], \"args\": [] }", "dpdk.args: unknown key")]
    [TestCase("\"replication\": {}", "\"dpdk\": []", "dpdk: is an array; it must be an object")]
    [TestCase("\"replication\": {}", "\"hugePages\": \"always\"",
        "15:16: hugePages: 'always' is unknown; write one of 'auto', 'never'")]
    [TestCase("\"replication\": {}", "\"replicaton\": {}",
        "15:3: replicaton: unknown key; did you mean 'replication'?")]
    [TestCase("\"replication\": {}", "\"\": {}", "15:3: unknown key; write one of")]
    [TestCase("\"replication\": {}", "\"chain\": {}",
        "15:3: chain: this key stands at line 6 already; keep one of the two")]
    public void One_wrong_piece_is_one_error(string piece, string replacement, string error)
    {
        var errors = SampleFile.ErrorsOf(SampleFile.With(piece, replacement));
        Assert.That(errors, Does.Contain(error));
        Assert.That(errors.Split('\n'), Has.Length.EqualTo(1), errors);
    }

    [Test]
    public void Two_ports_on_one_interface_are_refused()
    {
        const string port = "{ \"type\": \"interface\", \"interface\": \"eth1\" }";
        var text = SampleFile.With("{ \"type\": \"wire\", \"socket\": \"far.sock\" }", port)
            .Replace("{ \"type\": \"pcap\", \"read\": \"in.pcap\", \"write\": \"out.pcap\" }", port);
        Assert.That(SampleFile.ErrorsOf(text),
            Is.EqualTo("13:50: chain.right.interface: 'eth1' is chain.left.interface too; give each side its own"));
    }

    [TestCase("0000:03:00.0", "03:00.0,a=b")]
    [TestCase("net_tap0,iface=x", "net_tap0,iface=y")]
    public void Two_ports_on_one_device_are_refused(string left, string right)
    {
        static string Port(string device) => $$"""{ "type": "dpdk", "device": "{{device}}" }""";
        var text = SampleFile.With("{ \"type\": \"wire\", \"socket\": \"far.sock\" }", Port(left))
            .Replace("{ \"type\": \"pcap\", \"read\": \"in.pcap\", \"write\": \"out.pcap\" }", Port(right));
        Assert.That(SampleFile.ErrorsOf(text), Does.StartWith("13:42: chain.right.device: '").And.EndsWith("' is chain.left.device too; give each side its own"));
    }

    [Test]
    public void All_errors_are_collected_in_the_order_of_the_file()
    {
        var text = SampleFile.Text.Replace("\"name\": \"a\"", "\"name\": \"a b\"")
            .Replace("\"type\": \"wire\"", "\"type\": \"x\"")
            .Replace("{}", "{ \"detect\": 0, \"detct\": 1 }");
        Assert.That(SampleFile.ErrorsOf(text).Split('\n').Select(e => e.Split(": ")[1]), Is.EqualTo(new[]
        {
            "node.name", "chain.left.type", "replication.detect", "replication.detct",
        }));
    }

    [TestCase(0, ExpectedResult = true)]
    [TestCase(1, ExpectedResult = true)]
    [TestCase(16, ExpectedResult = true)]
    [TestCase(17, ExpectedResult = false)]
    public bool A_chain_has_up_to_16_functions(int count)
    {
        var functions = Enumerable.Range(0, count).Select(i => $$"""{ "name": "f{{i}}", "program": "monitor" }""");
        var text = System.Text.RegularExpressions.Regex
            .Replace(SampleFile.Text, @"\[[^\]]*\]", $"[{string.Join(", ", functions)}]");
        if (count < 17) return SampleFile.Parse(text).Chain.Functions.Count == count;
        Assert.That(SampleFile.ErrorsOf(text),
            Does.Contain($"8:18: chain.functions: {count} NFs are not possible; list the chain's NFs from left to right, at most 16"));
        return false;
    }

    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaa", ExpectedResult = true)]
    [TestCase("aaaaaaaaaaaaaaaaaaaaaaaaa", ExpectedResult = false)]
    [TestCase("-0z", ExpectedResult = true)]
    [TestCase("a_b", ExpectedResult = false)]
    [TestCase("ä", ExpectedResult = false)]
    [TestCase("../a", ExpectedResult = false)]
    public bool Names_are_short_and_plain(string name)
    {
        var text = SampleFile.With("\"edge\"", $"\"{name}\"");
        try
        {
            return SampleFile.Parse(text).Chain.Name == name;
        }
        catch (Nfmgr.Configuration.ConfigurationException refused)
        {
            Assert.That(refused.Message, Does.Contain($"chain.name: '{name}' is no name"));
            return false;
        }
    }
}
