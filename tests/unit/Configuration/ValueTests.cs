using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Devices;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

public sealed class ValueTests
{
    [Test]
    public void The_sample_is_read()
    {
        var read = SampleFile.Parse(SampleFile.Text);
        Assert.That(read.File, Is.EqualTo(SampleFile.Name));
        Assert.That(read.Node, Is.EqualTo(new NodeSection("a", "/var/lib/holdfast", "/run/holdfast")));
        Assert.That(read.Listen, Is.EqualTo(new NodeAddress("0.0.0.0", 7400)));
        Assert.That(read.Peer, Is.EqualTo(new PeerSection("b", new NodeAddress("192.0.2.2", 7400))));
        Assert.That(read.IsInitialPrimary, Is.True);
        Assert.That(read.ControlSocket, Is.EqualTo("/run/holdfast/a.sock"));
        Assert.That(read.Chain.Name, Is.EqualTo("edge"));
        Assert.That(read.Chain.Functions.Select(f => (f.Name, f.Program, f.IsShipped)),
            Is.EqualTo(new[] { ("monitor", "monitor", true), ("nat", "nat", true) }));
        Assert.That(read.Chain.Functions[0].Settings.GetRawText(), Is.EqualTo("{}"));
        Assert.That(read.Chain.Functions[1].Settings.GetProperty("outside").GetString(), Is.EqualTo("198.51.100.1"));
    }

    [Test]
    public void What_is_absent_has_the_documented_default()
    {
        var read = SampleFile.Parse(SampleFile.With(",\n  \"replication\": {}", ""));
        Assert.That((read.Chain.Seed, read.Chain.PacketBuffers, read.Chain.PacketsInChain),
            Is.EqualTo((0UL, 8192, 2048)));
        Assert.That(read.Replication, Is.EqualTo(new ReplicationSection(TimeSpan.FromMilliseconds(50),
            TimeSpan.FromMicroseconds(20), TimeSpan.FromMilliseconds(1), SilencePolicy.StandbyWins)));
        Assert.That(read.Chain.Failures, Is.EqualTo(new FailureSection(BatchCommit: true, Twins: true, HangTimeoutMilliseconds: 100,
            FailurePolicy.FailClosed, DeathsPerMinute: 20, QuarantinePerMinute: 10, QuarantineBytes: 16_777_216)));
        Assert.That(read.Replication, Is.EqualTo(SampleFile.Parse(SampleFile.Text).Replication),
            "an empty section changes nothing");
        Assert.That((read.Waiting, read.HugePages), Is.EqualTo((WaitStrategy.Auto, HugePageUse.Auto)));
        Assert.That(read.Chain.Right,
            Is.EqualTo(new PcapPortSection("/etc/holdfast/in.pcap", "/etc/holdfast/out.pcap", PcapPace.Fast)));
    }

    [Test]
    public void What_is_given_is_taken()
    {
        var read = SampleFile.Parse(SampleFile
            .With("\"replication\": {}", """
                "replication": { "detect": 5, "minSpacing": 0, "maxInterval": 100, "onSilence": "standby-wins" },
                "waiting": "sleep", "hugePages": "never"
                """)
            .Replace("\"edge\",",
                "\"edge\", \"seed\": 18446744073709551615, \"packetBuffers\": 1024, \"packetsInChain\": 32,")
            .Replace("\"out.pcap\"", "\"/tmp/out.pcap\", \"pace\": \"recorded\"")
            .Replace("\"initialPrimary\": \"a\"", "\"initialPrimary\": \"b\""));
        Assert.That(read.Replication, Is.EqualTo(new ReplicationSection(TimeSpan.FromMilliseconds(5), TimeSpan.Zero,
            TimeSpan.FromMicroseconds(100), SilencePolicy.StandbyWins)));
        Assert.That((read.Waiting, read.HugePages), Is.EqualTo((WaitStrategy.Sleep, HugePageUse.Never)));
        Assert.That((read.Chain.Seed, read.Chain.PacketBuffers, read.Chain.PacketsInChain),
            Is.EqualTo((ulong.MaxValue, 1024, 32)));
        Assert.That(read.Chain.Right,
            Is.EqualTo(new PcapPortSection("/etc/holdfast/in.pcap", "/tmp/out.pcap", PcapPace.Recorded)));
        Assert.That(read.IsInitialPrimary, Is.False);
    }

    [Test]
    public void An_NF_can_do_without_a_warm_twin() =>
        Assert.That(SampleFile.Parse(SampleFile.With("\"edge\",", "\"edge\", \"twins\": false,")).Chain.Failures, Is.EqualTo(new FailureSection(Twins: false)));

    [Test]
    public void Cores_are_any_unless_they_are_given()
    {
        var any = SampleFile.Parse(SampleFile.Text);
        Assert.That((any.RootCore, any.Chain.Functions[0].Core), Is.EqualTo((-1, -1)));
        var given = SampleFile.Parse(SampleFile.With("\"initialPrimary\":", "\"rootCore\": 0, \"initialPrimary\":")
            .Replace("\"program\": \"monitor\"", "\"program\": \"monitor\", \"core\": 3", StringComparison.Ordinal));
        Assert.That((given.RootCore, given.Chain.Functions[0].Core), Is.EqualTo((0, 3)));
    }

    [Test]
    public void A_generator_is_taken_as_it_is_given()
    {
        var text = SampleFile.Text.Replace("{ \"type\": \"pcap\", \"read\": \"in.pcap\", \"write\": \"out.pcap\" }",
            "{ \"type\": \"generator\", \"rate\": 1000000, \"frameBytes\": 0, \"flows\": 7 }", StringComparison.Ordinal);
        Assert.That(SampleFile.Parse(text).Chain.Right, Is.EqualTo(new GeneratorPortSection(1_000_000, 0, 7)));
    }

    [Test]
    public void What_is_said_about_failing_NFs_is_taken()
    {
        var read = SampleFile.Parse(SampleFile.With("\"edge\",", """
            "edge", "batchCommit": false, "hangTimeout": 20, "onFunctionFailure": "fail-open", "deathsPerMinute": 100000,
            "quarantinePerMinute": 0, "quarantineBytes": 1,
            """));
        Assert.That(read.Chain.Failures, Is.EqualTo(new FailureSection(false, false, 20, FailurePolicy.FailOpen, 100_000, 0, 1)));
        Assert.That(SampleFile.Parse(SampleFile.With("\"edge\",", "\"edge\", \"onFunctionFailure\": \"takeover\","))
            .Chain.Failures.Policy, Is.EqualTo(FailurePolicy.TakeOver));
    }

    [TestCase("\"read\": \"in.pcap\", ", null, "/etc/holdfast/out.pcap")]
    [TestCase(", \"write\": \"out.pcap\"", "/etc/holdfast/in.pcap", null)]
    public void A_capture_port_may_only_read_or_only_write(string without, string? read, string? write) =>
        Assert.That(SampleFile.Parse(SampleFile.With(without, "")).Chain.Right,
            Is.EqualTo(new PcapPortSection(read, write, PcapPace.Fast)));

    [Test]
    public void Relative_paths_count_from_the_file()
    {
        var read = SampleFile.Parse(SampleFile.With("{ \"name\": \"a\" }",
            """{ "name": "a", "stateDirectory": "../lib", "runtimeDirectory": "run" }""")
            .Replace("\"program\": \"nat\"", "\"program\": \"./nfs/nat\""));
        Assert.That(read.Node, Is.EqualTo(new NodeSection("a", "/etc/lib", "/etc/holdfast/run")));
        Assert.That(read.Chain.Left, Is.EqualTo(new WirePortSection("/etc/holdfast/far.sock")));
        Assert.That(read.Chain.Functions[1].Program, Is.EqualTo("/etc/holdfast/nfs/nat"));
        Assert.That(read.Chain.Functions[1].IsShipped, Is.False);
    }

    [Test]
    public void A_port_by_DPDK_is_read()
    {
        DpdkPortSection Left(string more) => (DpdkPortSection)SampleFile.Parse(SampleFile.With("\"wire\", \"socket\": \"far.sock\"",
            $"\"dpdk\", \"device\": \"03:00.0\"{more}")).Chain.Left;
        var device = new DeviceName("0000:03:00.0", "0000:03:00.0", "");
        Assert.That(Left(""), Is.EqualTo(new DpdkPortSection(device, Queues: 1, Descriptors: 512, Vlan: 0)));
        Assert.That(Left(", \"queues\": 16, \"descriptors\": 4096, \"vlan\": 4094"), Is.EqualTo(new DpdkPortSection(device, 16, 4096, 4094)));
        Assert.That(SampleFile.Parse(SampleFile.Text).DpdkArguments, Is.Empty);
        var told = SampleFile.Parse(SampleFile.With("\"replication\": {}", "\"dpdk\": { \"arguments\": [\"-d\", \"/opt/x.so\"] }"));
        Assert.That(told.DpdkArguments, Is.EqualTo(new[] { "-d", "/opt/x.so" }));
    }

    [Test]
    public void The_example_is_valid_and_shows_the_defaults()
    {
        var example = SampleFile.Parse(ExampleConfiguration.Text);
        var plain = SampleFile.Parse(SampleFile.Text);
        Assert.That(example.Node, Is.EqualTo(plain.Node));
        Assert.That(example.Replication, Is.EqualTo(plain.Replication));
        Assert.That((example.Waiting, example.HugePages), Is.EqualTo((plain.Waiting, plain.HugePages)));
        Assert.That((example.Chain.Seed, example.Chain.PacketBuffers, example.Chain.PacketsInChain),
            Is.EqualTo((plain.Chain.Seed, plain.Chain.PacketBuffers, plain.Chain.PacketsInChain)));
        Assert.That(example.Chain.Failures, Is.EqualTo(plain.Chain.Failures));
        Assert.That(ExampleConfiguration.Text.Split('\n').Max(line => line.Length), Is.LessThanOrEqualTo(120));
    }

    [Test]
    public void An_nfs_error_names_the_place_of_its_settings()
    {
        var functions = SampleFile.Parse(SampleFile.Text).Chain.Functions;
        Assert.That(functions[1].SettingsError("outside: 'x' is no address").ToString(),
            Is.EqualTo($"{SampleFile.Name}:10:54: chain.functions[1].settings: outside: 'x' is no address"));
        Assert.That(functions[0].SettingsPosition.ToString(), Is.EqualTo($"{SampleFile.Name}:9:7"),
            "absent settings: the NF's place");
    }
}
