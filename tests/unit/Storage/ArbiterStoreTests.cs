using Holdfast.Nfmgr.Storage;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Storage;

public sealed class ArbiterStoreTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-store-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void What_was_written_is_read_by_the_next_process_whose_life_is_a_new_one()
    {
        var record = new ArbiterRecord(new Term(7, NodeId.Of("a")), new Incarnation(3, ulong.MaxValue), NodeId.Of("b"), new Incarnation(2, 5), true);
        Incarnation first;
        using (var store = ArbiterStore.Open(_directory))
        {
            Assert.That(store.Record, Is.EqualTo(default(ArbiterRecord)), "a new disk knows nothing");
            first = store.BeginLife();
            store.Write(record);
        }

        using var again = ArbiterStore.Open(_directory);
        Assert.That(again.Record, Is.EqualTo(record));
        Assert.That(again.BeginLife().IsNewerThan(first));
    }

    [Test]
    public void A_second_process_is_kept_out()
    {
        using var store = ArbiterStore.Open(_directory);
        Assert.That(() => ArbiterStore.Open(_directory), Throws.InstanceOf<NodeStoreException>().With.Message.Contains("another nfmgr"));
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("{\"Version\":1,\"Term\":-5}")]
    [TestCase("{\"Version\":9,\"Lives\":0,\"Term\":0,\"Holder\":\"0\",\"HolderLife\":0,\"HolderRandom\":0,\"Heir\":\"0\",\"HeirLife\":0,\"HeirRandom\":0}")]
    public void A_damaged_file_is_refused_with_a_remedy(string content)
    {
        ArbiterStore.Open(_directory).Dispose();
        File.WriteAllText(Path.Combine(_directory, "arbiter.json"), content);
        Assert.That(() => ArbiterStore.Open(_directory), Throws.InstanceOf<NodeStoreException>().With.Message.Contains("arbiter.json"));
    }
}
