using Holdfast.Nfmgr.Storage;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Storage;

public sealed class NodeStoreTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-store-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void What_was_written_is_read_by_the_next_life_of_the_process()
    {
        NodeStore.Initialise(_directory);
        var record = new NodeRecord(new Term(7, NodeId.Of("a")), true, 3, new Incarnation(2, ulong.MaxValue));
        using (var store = NodeStore.Open(_directory)) store.Write(record);
        using var again = NodeStore.Open(_directory);
        Assert.That(again.Record, Is.EqualTo(record));
    }

    [Test]
    public void A_life_is_counted_on_disk_and_nobody_is_eligible_at_its_beginning()
    {
        NodeStore.Initialise(_directory);
        using (var store = NodeStore.Open(_directory))
        {
            store.Write(store.Record with { EligiblePeer = new Incarnation(2, 3) });
            Assert.That(store.BeginLife().Counter, Is.EqualTo(1));
        }

        using var again = NodeStore.Open(_directory);
        Assert.That(again.Record.IncarnationCounter, Is.EqualTo(1));
        Assert.That(again.Record.EligiblePeer, Is.EqualTo(Incarnation.None));
    }

    [Test]
    public void A_second_process_is_kept_out()
    {
        NodeStore.Initialise(_directory);
        using var store = NodeStore.Open(_directory);
        Assert.That(() => NodeStore.Open(_directory), Throws.InstanceOf<NodeStoreException>().With.Message.Contains("another nfmgr"));
    }

    /// <summary>Whatever stands in the file, it is read, or it is refused with a remedy.</summary>
    [Test]
    public void A_damaged_file_is_refused_in_words([Range(1, 4)] int seed)
    {
        NodeStore.Initialise(_directory);
        var file = Path.Combine(_directory, "node.json");
        using (var store = NodeStore.Open(_directory)) store.Write(new NodeRecord(new Term(7, NodeId.Of("a")), true, 3, default));
        var whole = File.ReadAllText(file);
        var random = new Random(seed);
        string[] strange = ["", "\"\"", "null", "-1", "1e99", "[]", "{}", "\"-5\"", "99999999999999999999999", "\"x\""];
        for (var i = 0; i < 200; i++)
        {
            var parts = whole.Split(':', ',');
            var damaged = random.Next(3) switch
            {
                0 => whole[..random.Next(whole.Length)],
                1 => whole.Replace(parts[random.Next(parts.Length)], strange[random.Next(strange.Length)]),
                _ => whole.Remove(random.Next(whole.Length), 1).Insert(random.Next(whole.Length), ((char)random.Next(32, 127)).ToString()),
            };
            File.WriteAllText(file, damaged);
            try
            {
                NodeStore.Open(_directory).Dispose();
            }
            catch (NodeStoreException refused)
            {
                Assert.That(refused.Message, Does.Contain("node.json"), damaged);
            }
        }
    }
}
