using Holdfast.Journal;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

public sealed class JournalTests
{
    private string _directory = null!;

    [SetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("holdfast-journal-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void What_was_written_is_read()
    {
        var record = new WireRecord { Tag = 7, Clock = 8, Time = 9, Term = 10 };
        var announcement = new Announcement
        {
            Term = 1, Kind = AnnouncementKind.WentAlone, CoveredClock = 2, ClockBase = 3, Time = 4,
        };
        using (var writer = new JournalWriter(_directory))
        {
            Assert.That(writer.Node("left bank", 42), Is.Zero);
            Assert.That(writer.Node("right bank", 43), Is.EqualTo(1));
            writer.Offered(1, Direction.RightToLeft, 7, [1, 2, 3]);
            writer.Accepted(1, Direction.RightToLeft, record);
            writer.CameOut(1, Direction.RightToLeft, 8, 10, 99, [4, 5]);
            writer.Announced(0, announcement);
            writer.Unjournaled();
        }

        using var reader = new JournalReader(_directory);
        Assert.That(reader.TryRead(out var entry), Is.True);
        Assert.That((entry.Kind, entry.Name, entry.ProcessId), Is.EqualTo((EntryKind.Node, "left bank", 42)));
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That((entry.Name, entry.NodeNumber), Is.EqualTo(("right bank", 1)));
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That((entry.Kind, entry.NodeNumber, entry.Direction, entry.Tag),
            Is.EqualTo((EntryKind.Offered, 1, Direction.RightToLeft, 7UL)));
        Assert.That(entry.Frame.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        var offered = entry.Offset;
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That(entry.Record, Is.EqualTo(record));
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That((entry.Output.Clock, entry.Output.Term, entry.Output.Time), Is.EqualTo((8, 10, 99)));
        Assert.That(entry.Frame.ToArray(), Is.EqualTo(new byte[] { 4, 5 }));
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That(entry.Announcement, Is.EqualTo(announcement));
        Assert.That(reader.TryRead(out entry), Is.True);
        Assert.That(entry.Kind, Is.EqualTo(EntryKind.Unjournaled));
        Assert.That(reader.TryRead(out entry), Is.False);
        Assert.That(reader.At(offered).Tag, Is.EqualTo(7));
    }

    [Test]
    public void Whole_entries_reach_the_file_while_it_grows()
    {
        using var writer = new JournalWriter(_directory);
        var frame = new byte[1500];
        for (var i = 0UL; i < 1000; i++) writer.Offered(0, Direction.LeftToRight, i, frame);
        using var reader = new JournalReader(_directory);
        var read = 0;
        while (reader.TryRead(out var entry)) Assert.That(entry.Tag, Is.EqualTo(read++));
        Assert.That(read, Is.InRange(500, 999));
    }

    [Test]
    public void A_second_journal_in_the_same_directory_is_refused()
    {
        new JournalWriter(_directory).Dispose();
        Assert.That(() => new JournalWriter(_directory),
            Throws.TypeOf<JournalException>().With.Message.Contains("a directory of its own"));
    }

    [Test]
    public void No_journal_and_no_journal_at_all_are_refused()
    {
        Assert.That(Read, Throws.TypeOf<JournalException>().With.Message.Contains("no such file"));
        File.WriteAllText(JournalFormat.PathIn(_directory), "this is something else");
        Assert.That(Read, Throws.TypeOf<JournalException>().With.Message.Contains("is not a journal's"));
    }

    [TestCase(1, "the file ends inside an entry")]
    [TestCase(10, "the file ends inside an entry")]
    public void A_cut_journal_is_refused(int missing, string words)
    {
        using (var writer = new JournalWriter(_directory)) writer.Offered(0, Direction.LeftToRight, 1, [1, 2]);
        var path = JournalFormat.PathIn(_directory);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^missing]);
        Assert.That(Read, Throws.TypeOf<JournalException>().With.Message.Contains(words));
    }

    [TestCase(0, 99, "unknown kind 99")]
    [TestCase(1, 2, "direction 2")]
    [TestCase(4, 3, "Offered entry of 3 bytes")]
    [TestCase(6, 0x7F, "entry of")]
    public void A_damaged_entry_is_refused(int at, byte value, string words)
    {
        using (var writer = new JournalWriter(_directory)) writer.Offered(0, Direction.LeftToRight, 1, [1, 2]);
        var path = JournalFormat.PathIn(_directory);
        var bytes = File.ReadAllBytes(path);
        bytes[16 + at] = value;
        File.WriteAllBytes(path, bytes);
        Assert.That(Read, Throws.TypeOf<JournalException>().With.Message.Contains(words));
    }

    private void Read()
    {
        using var reader = new JournalReader(_directory);
        while (reader.TryRead(out _))
        {
        }
    }
}
