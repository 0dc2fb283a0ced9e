using Holdfast.NfLib.State;
using Holdfast.Replicator.Announcing;
using NUnit.Framework;
using static Holdfast.Tests.Unit.Announcing.StationFrames;

namespace Holdfast.Tests.Unit.Announcing;

/// <summary>What is learned from the frames that leave, and what a successor tells the network of it.</summary>
public sealed class AnnouncerTests
{
    private const long Second = 1_000_000_000, Start = 1_700_000_000 * Second;
    private static readonly byte[] None = [0, 0, 0, 0, 0, 0];
    private StateBlock _block = null!;
    private StationTable _stations = null!;

    [SetUp]
    public void Make()
    {
        _block = StateBlock.OnHeap();
        var state = new StateDeclaration(_block);
        _stations = new StationTable(state, "stations");
        state.Complete();
    }

    [TearDown]
    public void Free() => _block.Dispose();

    [Test]
    public void Of_a_station_whose_address_is_not_known_switches_learn()
    {
        _stations.Learn(Plain(Client), Start);
        byte[] expected = [.. Broadcast, .. Client, 0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3, .. Client, 0, 0, 0, 0, .. Client, 0, 0, 0, 0, .. new byte[18]];
        Assert.That(Announced(), Is.EqualTo(new[] { expected }));
    }

    [TestCase(0x81, false)]
    [TestCase(0x88, true)]
    public void In_its_vlan(int firstTypeByte, bool service)
    {
        byte[] tag = [(byte)firstTypeByte, service ? (byte)0xA8 : (byte)0, 0xE0, 0x2A];
        _stations.Learn(Plain(Client, tag), Start);
        _stations.Learn(Plain(Client), Start);
        var frames = Announced();
        Assert.That(frames, Has.Count.EqualTo(2), "a MAC in another VLAN is another station");
        Assert.That(frames[0].AsSpan(6, 12).ToArray(), Is.EqualTo((byte[])[.. Client, tag[0], tag[1], 0, 0x2A, 0x80, 0x35]), "without the priority");
    }

    [TestCase(1, TestName = "A_request_names_its_sender")]
    [TestCase(2, TestName = "A_reply_names_its_sender")]
    public void Arp_names_an_address(int operation)
    {
        _stations.Learn(Arp(Server, Client, (byte)operation, Client, "10.0.1.2", Server, "10.0.1.9"), Start);
        Assert.That(Announced(), Is.EqualTo(new[] { Arp(Broadcast, Client, 1, Client, "10.0.1.2", None, "10.0.1.2") }));
    }

    [Test]
    public void An_arp_frame_that_begins_like_IPv6_is_still_arp()
    {
        // Without padding, as virtual interfaces deliver it: too short for what its first byte claims.
        var frame = Arp(Server, Client, 1, Client, "10.0.1.2", None, "10.0.1.9")[..42];
        frame[14] = 0x60;
        _stations.Learn(frame, Start);
        Assert.That(Announced().Single()[12..14], Is.EqualTo(new byte[] { 0x80, 0x35 }), "it names no address");
    }

    [TestCase(0x00, 0x20)]
    [TestCase(0xE0, 0xA0, TestName = "A_router_stays_one")]
    public void An_advertisement_names_an_address(int flags, int announced)
    {
        _stations.Learn(Advertisement(Client, (byte)flags, "2001:db8::2", Client), Start);
        _stations.Learn(Advertisement(Client, (byte)flags, "fe80::2", Client), Start);
        Assert.That(Announced(), Is.EqualTo(new[] { Advertisement(Client, (byte)announced, "2001:db8::2", Client) }));
    }

    [Test]
    public void A_station_with_both_kinds_of_address_gets_a_frame_of_each()
    {
        _stations.Learn(Advertisement(Client, 0, "fe80::2", Client), Start);
        _stations.Learn(Arp(Server, Client, 2, Client, "10.0.1.2", Server, "10.0.1.9"), Start);
        Assert.That(Announced(), Is.EquivalentTo(new[]
        {
            Arp(Broadcast, Client, 1, Client, "10.0.1.2", None, "10.0.1.2"), Advertisement(Client, 0x20, "fe80::2", Client),
        }));
    }

    [Test]
    public void What_one_station_says_of_another_is_not_repeated()
    {
        _stations.Learn(Arp(Broadcast, Client, 1, Server, "10.0.1.9", None, "10.0.1.9"), Start);
        _stations.Learn(Advertisement(Client, 0, "2001:db8::9", Server), Start);
        _stations.Learn(Advertisement(Client, 0, "2001:db8::9", Client, hopLimit: 64), Start);
        _stations.Learn(Advertisement(Client, 0, "ff02::9", Client), Start);
        var frames = Announced();
        Assert.That(frames, Has.Count.EqualTo(1));
        Assert.That(frames[0].AsSpan(12, 2).ToArray(), Is.EqualTo(new byte[] { 0x80, 0x35 }));
    }

    [Test]
    public void No_station_has_a_group_address_or_none_and_no_frame_is_read_beyond_its_end()
    {
        _stations.Learn(Plain([0x03, 0, 0, 0, 0, 1]), Start);
        _stations.Learn(Plain(None), Start);
        byte[][] whole = [Arp(Server, Client, 1, Client, "10.0.1.2", None, "10.0.1.9"), Advertisement(Client, 0, "fe80::2", Client), Plain(Client, 0x81, 0, 0, 5)];
        foreach (var frame in whole)
        {
            for (var length = 0; length < frame.Length; length++) _stations.Learn(frame.AsSpan(0, length), Start);
        }

        Assert.That(_stations.Count, Is.EqualTo(2), "the client untagged, where the tag was cut off too, and in VLAN 5");
    }

    [Test]
    public void A_station_is_forgotten_after_five_minutes_and_remembered_while_it_sends()
    {
        _stations.Learn(Plain(Client), Start);
        for (var second = 0; second <= 400; second += 10) _stations.Learn(Plain(Server), Start + second * Second);
        Assert.That(Announced().Select(f => f[11]), Is.EqualTo(new[] { Server[5] }));
    }

    [Test]
    public void A_full_table_refuses_until_one_is_forgotten()
    {
        for (var i = 0; i < 2000; i++) _stations.Learn(Plain([2, 0, 0, 1, (byte)(i >> 8), (byte)i]), Start);
        Assert.That(_stations.Count, Is.EqualTo(StationTable.Capacity));
        _stations.Learn(Plain(Client), Start + 400 * Second);
        Assert.That(Announced().Select(f => f[11]), Is.EqualTo(new[] { Client[5] }));
    }

    [Test]
    public void A_station_that_goes_on_sending_changes_the_state_only_once_in_16_seconds()
    {
        _stations.Learn(Plain(Client), Start);
        _block.ClearMarks();
        for (var i = 0; i < 100; i++)
        {
            _stations.Learn(Plain(Client), Start + i * 1_000_000);
            _stations.Learn(Arp(Server, Client, 2, Client, "0.0.0.0", Server, "10.0.1.9"), Start);
        }

        Assert.That(_block.ChangedChunks, Is.Zero);
    }

    [Test]
    public void It_is_all_said_three_times()
    {
        _stations.Learn(Plain(Client), Start);
        var announcer = new Announcer(_stations);
        var frame = new byte[Announcer.MaxFrameBytes];
        Assert.That(announcer.TryNext(0, frame, out _), Is.False, "not before it begins");
        announcer.Begin(5 * Second);
        var times = new List<long>();
        for (var now = 5 * Second; now < 8 * Second; now += 10_000_000)
        {
            while (announcer.TryNext(now, frame, out _)) times.Add((now - 5 * Second) / 1_000_000);
        }

        Assert.That(times, Is.EqualTo(new[] { 0, 100, 1000 }));
    }

    [Test]
    public void Nothing_is_allocated()
    {
        byte[][] frames = [Plain(Client), Plain(Server, 0x81, 0, 0, 5), Arp(Server, Client, 1, Client, "10.0.1.2", None, "10.0.1.9"),
            Advertisement(Client, 0, "fe80::2", Client)];
        var announcer = new Announcer(_stations);
        var frame = new byte[Announcer.MaxFrameBytes];
        void Round(long time)
        {
            foreach (var each in frames) _stations.Learn(each, time);
            announcer.Begin(time);
            while (announcer.TryNext(time, frame, out _)) { }
        }

        Round(Start);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < 100; i++) Round(Start + i * 7 * Second);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    /// <summary>The frames of the first round.</summary>
    private List<byte[]> Announced()
    {
        var announcer = new Announcer(_stations);
        announcer.Begin(0);
        var frames = new List<byte[]>();
        var frame = new byte[Announcer.MaxFrameBytes];
        while (announcer.TryNext(0, frame, out var length)) frames.Add(frame[..length]);
        return frames;
    }
}
