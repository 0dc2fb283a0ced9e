using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>What <c>nfmgr arbiter run</c> is told.</summary>
public sealed class ArbiterFileTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-config-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void All_of_it_is_read()
    {
        var read = Load("""{ "node": { "name": "c", "stateDirectory": "s", "runtimeDirectory": "r" }, "listen": "127.0.0.1:7400", "nodes": ["a", "b"] }""");
        Assert.That(read.Nodes, Is.EqualTo((string[])["a", "b"]));
        Assert.That(read.ControlSocket, Is.EqualTo(Path.Combine(_directory, "r", "c.sock")));
        Assert.That(read.Listen, Is.EqualTo(new NodeAddress("127.0.0.1", 7400)));
    }

    [TestCase("""{ "node": { "name": "c" }, "listen": "127.0.0.1:7400" }""", "nodes: is missing; give the names of the two nodes")]
    [TestCase("""{ "node": { "name": "c" }, "listen": "127.0.0.1:7400", "nodes": ["a"] }""", "nodes: are not two different names")]
    [TestCase("""{ "node": { "name": "c" }, "listen": "127.0.0.1:7400", "nodes": ["a", "a"] }""", "nodes: are not two different names")]
    [TestCase("""{ "node": { "name": "c" }, "listen": "127.0.0.1:7400", "nodes": ["a", "B!"] }""", "nodes[1]: 'B!'")]
    [TestCase("""{ "node": { "name": "c" }, "nodes": ["a", "b"] }""", "listen: is missing; give the address and port where this arbiter")]
    [TestCase("""{ "node": { "name": "c" }, "listen": "127.0.0.1:7400", "nodes": ["a", "b"], "peer": {} }""", "peer: unknown key")]
    public void What_is_wrong_is_named_with_its_remedy(string text, string expected) =>
        Assert.That(() => Load(text), Throws.TypeOf<ConfigurationException>().With.Message.Contains(expected));

    private ArbiterConfiguration Load(string text)
    {
        var file = Path.Combine(_directory, "arbiter.json");
        File.WriteAllText(file, text);
        return ConfigurationFile.LoadArbiter(file);
    }
}
