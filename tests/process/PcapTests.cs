using Holdfast.NfLib.Pcap;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>The shipped example configuration, from a recording to recordings, by a real node.</summary>
public sealed class PcapTests : ClusterFixture
{
    [Test]
    public void The_example_chain_translates_a_recording()
    {
        var node = StartOne();
        var status = node.WaitFor("has read the recording", s => s.Left.Accepted == 242 && s.Buffers.Free == s.Buffers.Total);
        Assert.That(status.Right.Released, Is.GreaterThan(50UL));
        node.Stop();

        var translated = 0;
        using var reader = PcapReader.Open(Path.Combine(DirectoryOfTest, "right-out.pcap"));
        while (reader.TryRead(out var record))
        {
            // IPv4 behind a plain Ethernet header: what the client sent leaves with the outside address.
            if (record.Data[12] == 8 && record.Data[13] == 0 && record.Data.Slice(26, 4).SequenceEqual(new byte[] { 198, 51, 100, 1 })) translated++;
        }

        Assert.That(translated, Is.GreaterThan(50));
    }

    [Test]
    public void A_chain_without_NFs_is_a_cable()
    {
        // The NFs are the only array that ends on a line of its own.
        var node = StartOne(change: text => text[..text.IndexOf("\"functions\": [", StringComparison.Ordinal)] + "\"functions\": []"
            + text[(text.IndexOf("\n    ],", StringComparison.Ordinal) + 6)..]);
        var status = node.WaitFor("has passed the recording on", s => s.Right.Sent == 242 && s.Buffers.Free == s.Buffers.Total);
        Assert.That(status.Functions, Is.Empty);
        node.Stop();
        Assert.That(Recording.Frames(Path.Combine(DirectoryOfTest, "right-out.pcap")), Is.EqualTo(Recording.Frames(Path.Combine(DirectoryOfTest, "left-in.pcap"))));
    }

    [Test]
    public void A_node_whose_port_can_not_be_made_in_a_later_life_tries_again()
    {
        var node = StartOne("\"batchCommit\": false,"); // so that a death ends the life
        var status = node.WaitFor("rules", s => s.Role == "Ruling");
        var recording = Path.Combine(DirectoryOfTest, "left-in.pcap");
        File.Move(recording, recording + ".away");
        _ = Mono.Unix.Native.Syscall.kill(status.Functions[0].ProcessId, Mono.Unix.Native.Signum.SIGKILL);
        Assert.That(() => node.LogTail(), Does.Contain("left-in.pcap").After(10_000, 50), "it says what is missing");
        File.Move(recording + ".away", recording);
        node.WaitFor("lives again", s => s.Lives > 2);
    }

    private DemoNode StartOne(string keys = "", Func<string, string>? change = null)
    {
        var repository = Path.GetFullPath(Path.Combine(Programs, "../../../.."));
        var config = Path.Combine(DirectoryOfTest, "edge.json");
        var text = File.ReadAllText(Path.Combine(repository, "chains", "edge.json"));
        File.WriteAllText(config, (change?.Invoke(text) ?? text)
            .Replace("127.0.0.1:7400", $"127.0.0.1:{LoopbackPorts.Next()}", StringComparison.Ordinal)
            .Replace("\"chain\": {", $"\"chain\": {{ {keys}", StringComparison.Ordinal));
        File.Copy(Capture, Path.Combine(DirectoryOfTest, "left-in.pcap"));
        var node = Own(new DemoNode("a", Path.Combine(Programs, "nfmgr"), DirectoryOfTest, config));
        node.Initialise();
        node.Start();
        return node;
    }
}
