using System.Text;
using System.Text.Json.Nodes;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Pcap;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>Packets that kill their NF, from a recording through one real NF to a recording.</summary>
public sealed class QuarantineTests : FunctionFixture
{
    private const int Packets = 200;

    [Test]
    public void Poison_goes_to_the_quarantine_with_its_story_and_everything_else_passes_in_order()
    {
        var node = Start(new() { [37] = "throw", [38] = "crash", [150] = "exit" });
        var status = node.WaitFor("has taken the poison out", s => s.Left.Accepted == Packets && s.Buffers.Free == s.Buffers.Total
            && s.Functions[0].Quarantined == 3
            // Each kills a batch twice, and then alone; the first two share a batch. A twin takes over before nfmgr sees a death.
            && s.Functions[0].Restarts >= 7, TimeSpan.FromSeconds(60));
        Assert.That(status.Lives, Is.EqualTo(1), "the chain runs on");
        Assert.That(status.Functions[0].Dropped["Poison"], Is.EqualTo(3UL));
        var quarantine = Path.Combine(DirectoryOfTest, "state-a", "quarantine", "monitor.pcapng");
        Assert.That(() => File.Exists(quarantine) ? Encoding.ASCII.GetString(File.ReadAllBytes(quarantine)) : "",
            Does.Contain("mischief:throw;").And.Contain("mischief:crash;").And.Contain("mischief:exit;")
                .And.Contain("InvalidOperationException: mischief").And.Contain("exit code 3").And.Contain("monitor").After(10_000, 50));
        node.Stop();
        Assert.That(Passed(), Is.EqualTo(Enumerable.Range(0, Packets).Except([37, 38, 150])));
    }

    private List<int> Passed()
    {
        var passed = new List<int>();
        using var reader = PcapReader.Open(Path.Combine(DirectoryOfTest, "out.pcap"));
        while (reader.TryRead(out var record)) passed.Add(record.Data[34] << 8 | record.Data[35]);
        return passed;
    }

    /// <summary>A node that reads datagrams with rising source ports, some of which say what is to happen.</summary>
    private DemoNode Start(Dictionary<int, string> poison)
    {
        using (var writer = PcapWriter.Create(Path.Combine(DirectoryOfTest, "in.pcap")))
        {
            for (var i = 0; i < Packets; i++)
            {
                var frame = SampleDatagram.Build(1, 2, 0xC0000201, (ushort)i, 0xC6336401, 53);
                if (poison.TryGetValue(i, out var act)) Encoding.ASCII.GetBytes($"mischief:{act};").CopyTo(frame, 42);
                writer.Write(1_000_000L * i, frame);
            }
        }

        // The two that it crosses with are of no use here.
        var cluster = MakeFunctionCluster("\"deathsPerMinute\": 1000", mischievous: true);
        var config = JsonNode.Parse(File.ReadAllText(cluster.A.ConfigFile))!;
        var chain = config["chain"]!.AsObject();
        chain["functions"]!.AsArray().RemoveAt(2);
        chain["functions"]!.AsArray().RemoveAt(1);
        chain["left"] = new JsonObject { ["type"] = "pcap", ["read"] = Path.Combine(DirectoryOfTest, "in.pcap") };
        chain["right"] = new JsonObject { ["type"] = "pcap", ["write"] = Path.Combine(DirectoryOfTest, "out.pcap") };
        config["node"]!["stateDirectory"] = Path.Combine(DirectoryOfTest, "state-a");
        File.WriteAllText(cluster.A.ConfigFile, config.ToJsonString());
        cluster.A.Initialise();
        cluster.A.Start();
        return cluster.A;
    }
}
