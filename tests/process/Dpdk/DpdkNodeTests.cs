using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Holdfast.Chaos.Networks;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.Tests.Process.Networks;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Dpdk;

/// <summary>Real nodes with dpdk ports, between real hosts.</summary>
public sealed class DpdkNodeTests : ClusterFixture
{
    private const string HugePages = "/proc/sys/vm/nr_hugepages";

    /// <summary>For the packet pool, and for DPDK itself.</summary>
    private const int PagesNeeded = 10 + 34;

    /// <summary>Two ports' descriptors, and a reserve of four bursts each.</summary>
    private const int Kept = 2 * (512 + 128);

    private LiveNetwork _network = null!;
    private string? _pagesBefore;

    private string TriggerFile => Path.Combine(DirectoryOfTest, "trigger");

    [SetUp]
    public void Require()
    {
        DpdkRequirement.Start();
        NetworkNamespace.Require("ping", "ethtool");
    }

    [TearDown]
    public void Remove()
    {
        if (_pagesBefore is not null) File.WriteAllText(HugePages, _pagesBefore);
        _pagesBefore = null;
        _network?.Dispose();
        _network = null!; // not each test makes one
    }

    [Test]
    public void Ping_crosses_the_chain_again_and_again_after_kills_on_whatever_pages([Values("ordinary", "huge", "physical")] string pages)
    {
        if (pages != "ordinary") ReserveHugePages();
        Build(pages switch
        {
            "ordinary" => ", \"hugePages\": \"never\"",
            "physical" => ", \"dpdk\": { \"arguments\": [\"--iova-mode=pa\"] }", // as without an IOMMU
            _ => "",
        });
        for (var life = 0; life < 3; life++)
        {
            var node = Start();
            Ping(200); // more than once through all buffers that the ports keep, both ways
            var status = WaitForBuffers(node);
            Assert.That((status.Left.Type, status.Left.Interface!.Mode, status.Left.Interface.State, status.Left.Refused), Is.EqualTo(("dpdk", "net_af_packet", "up", 0UL)));
            Assert.That(status.Left.Received, Is.GreaterThanOrEqualTo(200UL));
            Assert.That(status.Buffers.HugePages, Is.EqualTo(pages != "ordinary"));
            node.Kill();
            Directory.Delete(Path.Combine(DirectoryOfTest, "state-a"), recursive: true);
        }
    }

    [Test]
    public void A_dead_NF_does_not_disturb_the_driver_and_NFs_have_nothing_of_it()
    {
        Build();
        var node = Start();
        node.WaitFor("has twins", s => s.Functions.All(f => f.TwinProcessId != 0));
        var status = node.Status()!;
        var drivers = PacketSockets();
        Assert.That(SocketsOf(node.ProcessId).Intersect(drivers), Is.Not.Empty, "or this test looks at the wrong place");
        foreach (var process in status.Functions.SelectMany(f => new[] { f.ProcessId, f.TwinProcessId }))
        {
            Assert.That(SocketsOf(process).Intersect(drivers), Is.Empty, "an NF has a driver's socket");
            Assert.That(File.ReadAllText($"/proc/{process}/maps"), Does.Not.Contain("librte_").And.Not.Contain("holdfast-dpdk"));
        }

        using var pings = _network.Client.Start("ping", "-c", "300", "-i", "0.01", "-W", "2", LiveNetwork.ServerAddress);
        for (var death = 0; death < 5; death++)
        {
            var before = node.WaitFor("has a twin", s => s.Functions[0].TwinProcessId != 0).Functions[0];
            Assert.That(Syscall.kill(before.ProcessId, Signum.SIGKILL), Is.Zero);
            node.WaitFor("goes on with the twin", s => s.Functions[0].Generation > before.Generation);
        }

        pings.WaitForExit();
        var output = pings.StandardOutput.ReadToEnd();
        Assert.That(output, Does.Contain(" 0% packet loss"));
        Assert.That(WaitForBuffers(node).Lives, Is.EqualTo(1));

        // Stopped with frames on their way, it leaves no buffer with a driver, and says nothing of that kind.
        using var flood = _network.Client.Start("ping", "-f", "-c", "20000", LiveNetwork.ServerAddress);
        Thread.Sleep(200);
        node.Stop();
        Assert.That(() => node.LogTail(), Does.Contain("stopped").And.Not.Contain("did not give").After(5_000, 50));
        flood.Kill();
    }

    [Test]
    public void A_hostile_NF_halts_the_chain_and_the_next_life_has_the_device_again()
    {
        var mischief = typeof(DpdkNodeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "MischiefProgram").Value!;
        File.SetUnixFileMode(DirectoryOfTest, File.GetUnixFileMode(DirectoryOfTest) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        Build(monitor: new JsonObject
        {
            ["name"] = "monitor", ["program"] = mischief,
            ["settings"] = new JsonObject { ["trigger"] = TriggerFile, ["monitor"] = new JsonObject() },
        }.ToJsonString());
        var node = Start();
        Ping(20);
        File.WriteAllText(TriggerFile + ".new", $"scribble {node.Status()!.Functions[0].ProcessId}");
        File.Move(TriggerFile + ".new", TriggerFile);
        using var pings = _network.Client.Start("ping", "-c", "50", "-i", "0.01", "-W", "1", LiveNetwork.ServerAddress);
        var halted = node.WaitFor("is halted", s => s.Functions[0].State == "stopped");
        pings.WaitForExit();
        WaitForBuffers(node);
        Assert.That(halted.Lives, Is.EqualTo(1));
        File.Delete(TriggerFile);
        Assert.That(node.Ask(new ControlRequest("nf-restart", Function: "monitor")).Error, Is.Null);
        // It is alone, and its peer might have the newer state.
        node.WaitFor("asks for the operator's word", s => s.Lives == 2 && node.Ask(new ControlRequest("continue", PeerIsOff: true)).Error is null);
        node.WaitFor("rules in a new life", s => s is { Lives: 2, Role: "Ruling" });
        Ping(20);
        WaitForBuffers(node);
        Assert.That(node.LogTail(), Does.Not.Contain("did not give"));
    }

    [Test]
    public void A_device_that_can_not_be_had_is_told_of_at_the_start()
    {
        Build();
        var config = _network.WriteConfiguration("a", 7400, 7401);
        File.WriteAllText(config, File.ReadAllText(config).Replace("net_af_packet0", "net_nosuchdriver0", StringComparison.Ordinal));
        var node = new DemoNode("a", Path.Combine(Programs, "nfmgr"), DirectoryOfTest, config);
        node.Initialise();
        node.Start();
        Own(node);
        Assert.That(SpinWait.SpinUntil(() => !node.IsRunning, 20_000), "it runs");
        Assert.That(() => node.LogTail(), Does.Contain("no driver net_nosuchdriver").And.Contain("write one of").After(5_000, 50));
    }

    [Test]
    public void Without_an_IOMMU_no_device_is_given_a_buffer_that_lies_in_two_pieces()
    {
        ReserveHugePages(); // DPDK knows of physical addresses only with some of its own
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["exec", typeof(PhysicalPool).Assembly.Location, PhysicalPool.Mode]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = process.StandardOutput.ReadToEnd();
        Assert.That(said, Does.Match("^[0-9]+ [0-9]+\n$"), process.StandardError.ReadToEnd);
        var counts = said.Split(' ').Select(int.Parse).ToArray();
        Assert.That(counts[0], Is.GreaterThan(0), "pages lie in one piece, and this test shows nothing");
        Assert.That(counts[1], Is.Zero, "buffers are given away, or held back, wrongly");
    }

    private void Build(string keys = "", string? monitor = null)
    {
        _network = new LiveNetwork(DirectoryOfTest, Programs)
        {
            LeftPort = """{ "type": "dpdk", "device": "net_af_packet0,iface=left" }""",
            RightPort = """{ "type": "dpdk", "device": "net_af_packet1,iface=right" }""",
            MoreKeys = keys,
            Monitor = monitor ?? """{ "name": "monitor", "program": "monitor" }""",
        };
        _network.TurnOffloadsOff();
    }

    private DemoNode Start()
    {
        var node = Own(_network.MakeNode("a", 7400, 7401));
        node.Start();
        node.WaitFor("rules", s => s.Role == "Ruling");
        return node;
    }

    private void Ping(int times) => Assert.That(_network.Client.Run("ping", "-c", $"{times}", "-i", "0.005", "-W", "2", LiveNetwork.ServerAddress), Does.Contain(" 0% packet loss"));

    /// <summary>Nothing is on its way: every buffer is free, or one that the ports keep. Those that lie across two pages can't be
    /// given to devices with physical addresses, and there is one every 886.</summary>
    private static StatusReport WaitForBuffers(DemoNode node) =>
        node.WaitFor("has all buffers", s => s.Buffers.Free + s.Buffers.Ports == s.Buffers.Total && s.Buffers.Ports is <= Kept and >= Kept - 2);

    private void ReserveHugePages()
    {
        var before = File.ReadAllText(HugePages);
        try
        {
            File.WriteAllText(HugePages, $"{int.Parse(before, CultureInfo.InvariantCulture) + PagesNeeded + 20}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Assert.Ignore($"no huge pages here: {error.Message}");
        }

        _pagesBefore = before;
        if (int.Parse(File.ReadAllText("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"), CultureInfo.InvariantCulture) < PagesNeeded)
            Assert.Ignore($"this machine has no memory in one piece for {PagesNeeded} huge pages");
    }

    /// <summary>The inodes of all packet sockets in the node's namespace.</summary>
    private HashSet<string> PacketSockets() =>
        [.. _network.Node.Run("cat", "/proc/net/packet").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1])];

    private static IEnumerable<string> SocketsOf(int process) => Directory.GetFiles($"/proc/{process}/fd")
        .Select(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.Name ?? "")
        .Where(name => name.StartsWith("socket:[", StringComparison.Ordinal)).Select(name => name["socket:[".Length..^1]);
}
