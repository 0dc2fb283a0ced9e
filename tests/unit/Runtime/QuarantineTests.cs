using System.Diagnostics;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Pcap;
using Holdfast.Nfmgr.Runtime;
using Holdfast.Tests.Dissection;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Runtime;

/// <summary>Packets that killed their NF, in files that tshark reads, as many as may be.</summary>
public sealed class QuarantineTests
{
    private readonly List<string> _reports = [];
    private readonly StillTime _time = new();
    private string _directory = "";

    [SetUp]
    public void MakeDirectory()
    {
        _directory = Path.Combine(Path.GetTempPath(), $"holdfast-quarantine-{Guid.NewGuid():N}");
        _reports.Clear();
        _time.Now = DateTimeOffset.FromUnixTimeMilliseconds(1234567890123);
    }

    [TearDown]
    public void RemoveDirectory()
    {
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
        else File.Delete(_directory);
    }

    [Test]
    public void Tshark_shows_the_packet_and_the_comment_says_which_NF_when_and_how_it_died()
    {
        Tshark.Require();
        byte[] frame = [.. Convert.FromHexString("ffffffffffff0200000000010806"), .. new byte[46]];
        using (var quarantine = Open())
        {
            quarantine.Queue.Put(1, Direction.RightToLeft, clock: 4711, frame);
            quarantine.Queue.Put(1, Direction.LeftToRight, clock: 4712, []);
        }

        var shown = Read("nat", "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.len", "-e", "frame.protocols", "-e", "frame.comment");
        Assert.That(shown, Is.EqualTo(new[]
        {
            "1234567890.123000000\t60\teth:ethertype:arp\tNF nat died of this packet alone, noticed 2009-02-13T23:31:30.123Z: "
            + "killed by signal 11 (NF 1); clock 4711, from the right",
            "1234567890.123000000\t0\teth\tNF nat died of this packet alone, noticed 2009-02-13T23:31:30.123Z: "
            + "killed by signal 11 (NF 1); clock 4712, from the left; its metadata points outside its buffer, so there are no bytes",
        }));
    }

    [Test]
    public void Files_of_earlier_lives_are_appended_to()
    {
        for (var life = 0; life < 3; life++)
        {
            using var quarantine = Open();
            quarantine.Queue.Put(0, Direction.LeftToRight, (ulong)life, [1, 2, 3]);
        }

        var one = PcapngWriter.Packet(0, [1, 2, 3], Comment("monitor", 0)).Length;
        Assert.That(new FileInfo(FileOf("monitor")).Length, Is.EqualTo(PcapngWriter.Header.Length + 3 * one));
    }

    [TestCase(new byte[] { 1, 2, 3 })]
    [TestCase(new byte[0])]
    public void A_file_that_is_not_ours_is_kept_aside(byte[] content)
    {
        Directory.CreateDirectory(_directory);
        File.WriteAllBytes(FileOf("monitor"), content);
        using (var quarantine = Open()) quarantine.Queue.Put(0, Direction.LeftToRight, 1, [1]);
        using var stream = File.OpenRead(FileOf("monitor"));
        Assert.That(PcapngWriter.MayAppendTo(stream), Is.True);
        Assert.That(File.Exists(FileOf("monitor") + ".old"), Is.EqualTo(content.Length > 0));
    }

    [Test]
    public void So_many_in_a_minute_and_no_more()
    {
        using var quarantine = Open(perMinute: 3);
        for (var i = 0; i < 5; i++) Put(quarantine, 0);
        Assert.That((quarantine.WrittenOf(0), quarantine.NotWrittenOf(0)), Is.EqualTo((3ul, 2ul)));
        _time.Now += TimeSpan.FromSeconds(59);
        Put(quarantine, 1);
        Assert.That((quarantine.WrittenOf(1), quarantine.NotWrittenOf(1)), Is.EqualTo((0ul, 1ul)), "of all NFs together");
        _time.Now += TimeSpan.FromSeconds(1);
        Put(quarantine, 1);
        Assert.That(quarantine.WrittenOf(1), Is.EqualTo(1ul));
        Assert.That(_reports, Is.Empty);
    }

    [Test]
    public void A_full_quarantine_is_told_of_once_and_goes_on_when_there_is_room_again()
    {
        using var quarantine = Open(maxBytes: 1000);
        for (var i = 0; i < 10; i++) Put(quarantine, i % 2);
        Assert.That(new DirectoryInfo(_directory).EnumerateFiles().Sum(f => f.Length), Is.LessThanOrEqualTo(1000));
        Assert.That(quarantine.WrittenOf(0) + quarantine.WrittenOf(1), Is.InRange(1, 9));
        Assert.That(_reports, Has.Count.EqualTo(1).And.One.Contains("quarantineBytes").And.One.Contains(_directory));
        var before = quarantine.WrittenOf(0);
        foreach (var file in Directory.GetFiles(_directory)) File.Delete(file);
        Put(quarantine, 0);
        Assert.That(quarantine.WrittenOf(0), Is.EqualTo(before + 1));
    }

    [Test]
    public void A_disk_that_fails_is_told_of_once_and_stops_nothing()
    {
        File.WriteAllText(_directory, "a file where the directory should be");
        using var quarantine = Open();
        for (var i = 0; i < 5; i++) Put(quarantine, 0);
        Assert.That((quarantine.WrittenOf(0), quarantine.NotWrittenOf(0)), Is.EqualTo((0ul, 5ul)));
        Assert.That(_reports, Has.Count.EqualTo(1).And.One.Contains(_directory));
    }

    private Quarantine Open(int perMinute = 100, long maxBytes = 1 << 20) => new(new QuarantineSettings(_directory, perMinute, maxBytes),
        ["monitor", "nat"], function => $"killed by signal 11 (NF {function})", what => { lock (_reports) _reports.Add(what); }, _time);

    /// <summary>Puts one in and waits until it is written or not.</summary>
    private static void Put(Quarantine quarantine, int function)
    {
        var before = quarantine.WrittenOf(function) + quarantine.NotWrittenOf(function);
        quarantine.Queue.Put(function, Direction.LeftToRight, 1, new byte[60]);
        Assert.That(() => quarantine.WrittenOf(function) + quarantine.NotWrittenOf(function), Is.EqualTo(before + 1).After(5000, 1));
    }

    private string FileOf(string function) => Path.Combine(_directory, function + ".pcapng");

    private static string Comment(string function, int place) =>
        $"NF {function} died of this packet alone, noticed 2009-02-13T23:31:30.123Z: killed by signal 11 (NF {place}); clock 1, from the left";

    private string[] Read(string function, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("tshark", ["-n", "-r", FileOf(function), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, () => "tshark failed: " + errors.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private sealed class StillTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
