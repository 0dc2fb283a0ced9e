using Holdfast.Judge;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>Spoilt clocks, times, tags and terms.</summary>
public sealed class RecordViolationTests
{
    private Story _story = null!;

    [SetUp]
    public void SetUp() => _story = new Story().Rule().Send(10);

    [TearDown]
    public void TearDown() => _story.Dispose();

    [Test]
    public void A_clock_given_twice()
    {
        _story.Rule(AnnouncementKind.TookOver, 10).Send(1);
        Spoil(11, record => record with { Clock = 10 });
        _story.Spoil<OutEntry>(it => it.Clock == 11, _ => null);
        Assert.That(_story.Judge().First, Has.Some.Contains("the clock was given before, by node0 (process 100)"));
    }

    [Test]
    public void A_clock_that_falls_on_a_wire()
    {
        var at = _story.Entries.FindIndex(entry => entry is AcceptedEntry { Record.Clock: 3 });
        var later = _story.Entries.FindIndex(entry => entry is AcceptedEntry { Record.Clock: 5 });
        (_story.Entries[at], _story.Entries[later]) = (_story.Entries[later], _story.Entries[at]);
        // Both frames were sent before either was accepted.
        var sent = _story.Entries[later - 1];
        _story.Entries.RemoveAt(later - 1);
        _story.Entries.Insert(at, sent);
        Expect("it was recorded after clock 5");
    }

    [Test]
    public void A_clock_below_the_base_of_its_term()
    {
        SpoilAnnouncement(it => it with { ClockBase = 1 });
        Expect("the term's clocks must be above 1");
    }

    [Test]
    public void Clocks_that_begin_below_what_the_successor_covers()
    {
        _story.Rule(AnnouncementKind.TookOver, 10);
        SpoilAnnouncement(it => it with { ClockBase = 9 });
        Expect("its clocks begin above 9, below the clock 10 that it covers");
    }

    [Test]
    public void A_time_that_runs_backwards()
    {
        Spoil(10, record => record with { Time = record.Time - 5_000_000 });
        Expect("its time is 3000000 ns before its predecessor's");
    }

    [Test]
    public void A_time_that_runs_backwards_across_a_takeover()
    {
        _story.Rule(AnnouncementKind.TookOver, 10).Send(1);
        Spoil(11, record => record with { Time = record.Time - 5_000_000 });
        Expect("its time is 3000000 ns before its predecessor's");
    }

    [Test]
    public void A_frame_that_nobody_sent()
    {
        Spoil(10, record => record with { Tag = 77 });
        Expect("no frame with its tag was ever sent");
    }

    [Test]
    public void A_frame_accepted_twice()
    {
        Spoil(10, record => record with { Tag = 0 });
        Expect("the frame with its tag had been accepted before");
    }

    [Test]
    public void An_input_of_a_term_that_its_node_did_not_announce()
    {
        Spoil(10, record => record with { Term = 5 });
        Assert.That(_story.Judge().First[0], Does.Contain("this node did not announce that term"));
    }

    [Test]
    public void Two_rulers_of_one_term()
    {
        _story.Entries.Add(new NodeEntry("node1", 101));
        _story.Entries.Add(new AnnouncedEntry(1, new Announcement { Term = 1, Kind = AnnouncementKind.TookOver }));
        Expect("term 1 was announced twice: by node0 (process 100) and by node1 (process 101)");
    }

    [Test]
    public void Going_on_alone_after_another_ruler()
    {
        _story.Rule(AnnouncementKind.TookOver, 10).Send(Direction.LeftToRight);
        SpoilAnnouncement(it => it with { Kind = AnnouncementKind.WentAlone });
        Expect("it went on alone, but another node had ruled");
    }

    [Test]
    public void A_takeover_from_nothing()
    {
        SpoilAnnouncement(it => it with { Kind = AnnouncementKind.TookOver });
        Expect("the journal holds no start before it");
    }

    [Test]
    public void A_state_that_is_ahead_of_all_records()
    {
        var dump = _story.Dump(clock: 11);
        Assert.That(_story.Judge(dump).First.Single(),
            Does.Contain("is that of clock 11, but the last input on record has clock 10"));
    }

    [Test]
    public void A_state_at_the_base_of_a_term_without_inputs_is_fine()
    {
        _story.Rule(AnnouncementKind.TookOver, 10);
        SpoilAnnouncement(it => it with { ClockBase = 1000 });
        Assert.That(_story.Judge(_story.Dump(clock: 1000)).First, Is.Empty);
    }

    private void Spoil(ulong clock, Func<WireRecord, WireRecord> how) => _story.Spoil<AcceptedEntry>(
        it => it.Record.Clock == clock, it => it with { Record = how(it.Record) });

    private void SpoilAnnouncement(Func<Announcement, Announcement> how) => _story.Spoil<AnnouncedEntry>(
        _ => true, it => it with { Announcement = how(it.Announcement) });

    private void Expect(string words) => Expecting.Only(_story, Violation.Record, words);
}
