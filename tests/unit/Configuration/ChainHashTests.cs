using System.Text.Json;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Replicator.Protocol;
using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

public sealed class ChainHashTests
{
    private static readonly ulong Original = HashOf(SampleFile.Text);

    [TestCase("\"edge\"", "\"edge2\"")]
    [TestCase("\"edge\",", "\"edge\", \"seed\": 1,")]
    [TestCase("\"program\": \"monitor\"", "\"program\": \"firewall\"")]
    [TestCase("\"name\": \"monitor\"", "\"name\": \"meter\"")]
    [TestCase("198.51.100.1", "198.51.100.2")]
    [TestCase("{ \"outside\": \"198.51.100.1\" }", "{}")]
    public void What_both_nodes_must_agree_on_changes_it(string piece, string replacement) =>
        Assert.That(HashOf(SampleFile.With(piece, replacement)), Is.Not.EqualTo(Original));

    [TestCase("{ \"name\": \"a\" }", "{ \"name\": \"a\", \"stateDirectory\": \"/x\" }")]
    [TestCase("0.0.0.0:7400", "0.0.0.0:7401")]
    [TestCase("192.0.2.2", "192.0.2.3")]
    [TestCase("\"initialPrimary\": \"a\"", "\"initialPrimary\": \"b\"")]
    [TestCase("far.sock", "other.sock")]
    [TestCase("\"wire\", \"socket\": \"far.sock\"", "\"interface\", \"interface\": \"eth1\"")]
    [TestCase("\"edge\",", "\"edge\", \"packetBuffers\": 2048, \"packetsInChain\": 64,")]
    [TestCase("\"edge\",", "\"edge\", \"batchCommit\": false, \"onFunctionFailure\": \"takeover\",")]
    [TestCase("\"program\": \"nat\"", "\"program\": \"/opt/nf/nat\"")]
    [TestCase("\"program\": \"monitor\"", "\"program\": \"monitor\", \"settings\": {}")]
    [TestCase("{}", "{ \"detect\": 100 }")]
    public void What_each_node_decides_does_not(string piece, string replacement) =>
        Assert.That(HashOf(SampleFile.With(piece, replacement)), Is.EqualTo(Original));

    [Test]
    public void The_order_of_the_functions_counts()
    {
        var chain = SampleFile.Parse(SampleFile.Text).Chain;
        Assert.That(ChainHash.Of(chain with { Functions = [.. chain.Functions.Reverse()] }, default),
            Is.Not.EqualTo(ChainHash.Of(chain, default)));
    }

    [Test]
    public void Two_nodes_must_agree_on_what_silence_means()
    {
        var chain = SampleFile.Parse(SampleFile.Text).Chain;
        Assert.That(Enum.GetValues<SilencePolicy>().Select(policy => ChainHash.Of(chain, policy)), Is.Unique);
    }

    // A fixed number: two nodes of one version compare it, so it must not depend on process or machine.
    [Test]
    public void It_is_the_same_everywhere() => Assert.That(Original, Is.EqualTo(14101090595234651087UL));

    [TestCase("{\"b\":1,\"a\":[true,null]}", "{ // c\n \"a\" : [ true, null, ], \"b\" : 1.0 }")]
    [TestCase("\"a\"", "\"\\u0061\"")]
    [TestCase("\"ä\"", "\"\\u00e4\"")]
    [TestCase("1", "10e-1")]
    [TestCase("0", "-0.00e7")]
    [TestCase("1200", "1.2E+3")]
    [TestCase("1e400", "10e399")]
    public void Equal_settings_have_one_canonical_form(string one, string other) =>
        Assert.That(Canonical(one), Is.EqualTo(Canonical(other)));

    [TestCase("1", "\"1\"")]
    [TestCase("1", "-1")]
    [TestCase("[1,2]", "[2,1]")]
    [TestCase("[1,2]", "[12]")]
    [TestCase("{\"a\":1}", "{\"a\":null}")]
    [TestCase("\"a\\\"b\"", "\"a\\\\b\"")]
    [TestCase("0.1", "0.10000000000000000001", Description = "no rounding to a double")]
    [TestCase("1e400", "1e401")]
    public void Different_settings_have_different_forms(string one, string other) =>
        Assert.That(Canonical(one), Is.Not.EqualTo(Canonical(other)));

    [Test]
    public void The_two_files_of_the_quick_start_belong_together()
    {
        DaemonConfiguration Load(string name) =>
            ConfigurationFile.Load(Path.Combine(SourceTree.Root, "chains", "two-machines", name));
        var (a, b) = (Load("a.json"), Load("b.json"));
        Assert.That(ChainHash.Of(a.Chain, default), Is.EqualTo(ChainHash.Of(b.Chain, default)));
        Assert.That((a.Node.Name, a.Listen, a.Peer), Is.EqualTo((b.Peer.Name, b.Peer.Address, new PeerSection(b.Node.Name, b.Listen))));
        Assert.That(a.InitialPrimary, Is.EqualTo(b.InitialPrimary));
    }

    private static ulong HashOf(string text) => ChainHash.Of(SampleFile.Parse(text).Chain, default);

    private static string Canonical(string json)
    {
        using var document = JsonDocument.Parse(json,
            new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        return CanonicalJson.Write(document.RootElement);
    }
}
