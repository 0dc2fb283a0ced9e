using System.Net.Sockets;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Wire;

/// <summary>A wire from end to end inside one process: plugging in, frames, records, announcements.</summary>
public sealed class WireTests
{
    private readonly List<IDisposable> _open = [];
    private string _directory = "";
    private int _nodeEventFd;
    private WireListener _listener = null!;

    private string SocketPath => $"{_directory}/far.sock";

    [SetUp]
    public void Listen()
    {
        _directory = Directory.CreateTempSubdirectory("holdfast-wire-").FullName;
        _nodeEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _listener = new WireListener(SocketPath);
    }

    [TearDown]
    public void Close()
    {
        foreach (var end in _open) end.Dispose();
        _open.Clear();
        _listener.Dispose();
        _ = Libc.Close(_nodeEventFd);
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void Frames_cross_both_ways_and_wake_who_sleeps()
    {
        var (node, far) = Plug();
        Assert.That(far.TrySend("to node"u8, tag: 11));
        far.PublishSent();
        Assert.That(EventCount(_nodeEventFd), Is.Zero, "the node is awake");
        Assert.That(node.TryPeek(out var frame, out var tag));
        Assert.That((frame.SequenceEqual("to node"u8), tag), Is.EqualTo((true, 11UL)));
        node.Take(frame.Length);
        node.ReleaseTaken();
        Assert.That(node.HasFrames, Is.False);

        node.AnnounceSleep();
        far.TrySend("again"u8, 12);
        far.PublishSent();
        Assert.That(EventCount(_nodeEventFd), Is.EqualTo(1));

        far.AnnounceSleep();
        Assert.That(node.TrySend("to far end"u8, clock: 99, term: 3));
        Assert.That(EventCount(_listener.EventFd), Is.Zero, "not published yet");
        node.PublishSent();
        Assert.That(EventCount(_listener.EventFd), Is.EqualTo(1));
        Assert.That(far.TryPeek(out frame, out var clock, out var term));
        Assert.That((frame.SequenceEqual("to far end"u8), clock, term), Is.EqualTo((true, 99UL, 3u)));
        far.Take(frame.Length);
        Assert.That(far.TryPeek(out _, out _, out _), Is.False);
    }

    [Test]
    public void What_was_accepted_and_announced_outlives_the_node()
    {
        var (node, far) = Plug();
        node.Record(new WireRecord { Tag = 1, Clock = 5, Time = 6, Term = 7 });
        Assert.That(far.TryReadRecord(out _), Is.False, "not published yet");
        node.Record(new WireRecord { Tag = WireRecord.TickTag, Clock = 6, Time = 8, Term = 7 });
        node.PublishRecords();
        node.Announce(new Announcement
        {
            Term = 7, Kind = AnnouncementKind.TookOver, CoveredClock = 4, ClockBase = 4,
            Time = 1
        });
        node.Dispose();

        Assert.That(far.TryReadRecord(out var record));
        Assert.That((record.Tag, record.Clock, record.Time, record.Term), Is.EqualTo((1UL, 5UL, 6L, 7UL)));
        Assert.That(far.TryReadRecord(out record));
        Assert.That(record.Tag, Is.EqualTo(WireRecord.TickTag));
        Assert.That(far.TryReadRecord(out _), Is.False);
        Assert.That(far.TryReadAnnouncement(out var announcement));
        Assert.That((announcement.Term, announcement.Kind, announcement.CoveredClock),
            Is.EqualTo((7UL, AnnouncementKind.TookOver, 4UL)));
        Assert.That(far.TryReadAnnouncement(out _), Is.False);
    }

    [Test]
    public void A_node_accepts_no_more_than_it_can_record()
    {
        var (node, far) = Plug();
        Assert.That(node.RecordRoom, Is.EqualTo(WireLayout.RecordCapacity));
        for (ulong i = 0; i < WireLayout.RecordCapacity; i++) node.Record(new WireRecord { Tag = i });
        node.PublishRecords();
        Assert.That(node.RecordRoom, Is.Zero);
        Assert.That(far.TryReadRecord(out _));
        Assert.That(node.RecordRoom, Is.EqualTo(1));
        node.Record(new WireRecord { Tag = WireLayout.RecordCapacity });
        node.PublishRecords();
        for (ulong i = 1; i <= WireLayout.RecordCapacity; i++)
        {
            if (!far.TryReadRecord(out var record)
                || record.Tag != i) Assert.Fail($"record {record.Tag} instead of {i}");
        }
    }

    [Test]
    public void What_a_full_wire_refuses_is_counted()
    {
        var (node, far) = Plug();
        var frame = new byte[FrameRing.MaxFrameBytes];
        ulong sent = 0;
        while (far.TrySend(frame, sent)) sent++;
        far.PublishSent();
        Assert.That((sent, node.Refused), Is.EqualTo((63UL, 1UL)));
        Assert.That(far.TrySend(new byte[FrameRing.MaxFrameBytes + 1], 0), Is.False, "too long");
        Assert.That(node.TrySend(new byte[FrameRing.MaxFrameBytes + 1], 0, 0), Is.False, "too long");
        Assert.That(node.IsCorrupt, Is.False);
    }

    [Test]
    public void A_node_that_comes_back_gets_fresh_memory_and_the_old_stays()
    {
        var (first, farFirst) = Plug();
        first.TrySend("first life"u8, 1, 1);
        first.PublishSent();
        first.Dispose();
        var (second, farSecond) = Plug();
        Assert.That(farSecond.TryPeek(out _, out _, out _), Is.False);
        Assert.That(farFirst.TryPeek(out var frame, out _, out _));
        Assert.That(frame.SequenceEqual("first life"u8));
        Assert.That(second.HasFrames, Is.False);
    }

    [Test]
    public void The_end_of_a_node_shows_at_its_socket()
    {
        var thread = new Thread(() => Accept());
        thread.Start();
        var node = WirePlug.Connect(SocketPath, new WireHello("a", "left", Environment.ProcessId), _nodeEventFd,
            out var socket);
        thread.Join();
        _open.Add(node);
        socket.Dispose();
        Assert.That(_accepted!.Socket.ReadLine(TimeSpan.FromSeconds(10)), Is.Null);
        Assert.That(_accepted.Hello, Is.EqualTo(new WireHello("a", "left", Environment.ProcessId)));
    }

    [Test]
    public void Plugging_in_and_out_leaks_no_descriptors()
    {
        var before = 0;
        for (var round = 0; round < 5; round++)
        {
            Plug();
            foreach (var end in _open) end.Dispose();
            _open.Clear();
            var now = Directory.GetFileSystemEntries("/proc/self/fd").Length;
            if (round == 1) before = now;
            if (round > 1) Assert.That(now, Is.EqualTo(before), $"after round {round}");
        }
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("{ \"Node\": 1 }")]
    [TestCase("{ \"Node\": \"a\", \"Port\": \"left\", \"ProcessId\": 1 }", Description = "without its descriptor")]
    public void A_greeting_that_is_none_is_turned_away_and_the_next_is_served(string line)
    {
        using (var socket = FdSocket.Connect(SocketPath))
        {
            socket.SendLine(line);
            Assert.That(_listener.TryAccept(), Is.Null);
            Assert.That(socket.ReadLine(TimeSpan.FromSeconds(10)), Is.Null, "hung up");
        }

        Assert.That(Plug().Node.HasFrames, Is.False);
    }

    [Test]
    public void A_name_that_no_memory_object_can_have_is_turned_away()
    {
        using var socket = FdSocket.Connect(SocketPath);
        socket.SendLine($$"""{ "Node": "{{new string('a', 300)}}", "Port": "left", "ProcessId": 1 }""", _nodeEventFd);
        Assert.That(_listener.TryAccept(), Is.Null);
    }

    [Test]
    public void Nobody_waiting_is_null() => Assert.That(_listener.TryAccept(), Is.Null);

    [Test]
    public void Nobody_listening_is_an_error_with_the_path() =>
        Assert.That(() => WirePlug.Connect($"{_directory}/none", new WireHello("a", "left", 1), _nodeEventFd, out _),
            Throws.TypeOf<IOException>().With.Message.Contains($"{_directory}/none")
                .And.Message.Contains("far end first"));

    [Test]
    public void A_far_end_that_hangs_up_is_an_error_with_the_path()
    {
        var path = $"{_directory}/other";
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(path));
        other.Listen(1);
        var thread = new Thread(() => other.Accept().Dispose());
        thread.Start();
        Assert.That(() => WirePlug.Connect(path, new WireHello("a", "left", 1), _nodeEventFd, out _),
            Throws.TypeOf<IOException>().With.Message.Contains(path));
        thread.Join();
    }

    private PluggedWire? _accepted;

    private void Accept()
    {
        while ((_accepted = _listener.TryAccept()) is null) Thread.Yield();
        _open.Add(_accepted);
    }

    private (WireNodeEnd Node, WireFarEnd Far) Plug()
    {
        var thread = new Thread(Accept);
        thread.Start();
        var node = WirePlug.Connect(SocketPath, new WireHello("a", "left", 1), _nodeEventFd, out var socket);
        thread.Join();
        _open.Add(node);
        _open.Add(socket);
        return (node, _accepted!.End);
    }

    private static unsafe ulong EventCount(int eventFd)
    {
        ulong value = 0;
        return Libc.Read(eventFd, &value, sizeof(ulong)) == sizeof(ulong) ? value : 0;
    }
}
