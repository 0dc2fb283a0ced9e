using Holdfast.Journal;
using Holdfast.Judge;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>Stories that are as they should be, and those that the judge refuses to judge.</summary>
public sealed class JudgementTests
{
    private Story _story = null!;

    [SetUp]
    public void SetUp() => _story = new Story();

    [TearDown]
    public void TearDown() => _story.Dispose();

    [Test]
    public void A_run_without_faults_has_no_violation()
    {
        _story.Rule().Send(10).Tick().Send(Direction.LeftToRight, CountingFunction.Dropped).Send(5);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.Inputs, verdict.Ticks, verdict.Outputs), Is.EqualTo((16, 1, 15)));
            Assert.That((verdict.LostInputs, verdict.LostOutputs), Is.EqualTo((0, 0)));
            Assert.That((verdict.Terms, verdict.StateLost), Is.EqualTo((1, 0)));
            Assert.That(verdict.Checked, Is.EqualTo(17 + 15 + 2));
        });
    }

    [Test]
    public void Inputs_that_a_takeover_does_not_cover_are_lost_without_a_trace()
    {
        _story.Rule().Send(10);
        var covered = _story.LastClock;
        _story.Accept(Direction.LeftToRight).Accept(Direction.RightToLeft);
        _story.Rule(AnnouncementKind.TookOver, covered).Send(7);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.Inputs, verdict.LostInputs, verdict.LostOutputs), Is.EqualTo((17, 2, 0)));
        });
    }

    [Test]
    public void Outputs_that_died_with_the_primary_are_counted_and_allowed()
    {
        _story.Rule().Send(10).Accept(Direction.LeftToRight).Accept(Direction.RightToLeft);
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock).Send(3);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.LostInputs, verdict.LostOutputs), Is.EqualTo((0, 2)));
        });
    }

    [Test]
    public void What_an_old_primary_releases_late_is_fine_when_the_successor_has_it()
    {
        _story.Rule().Send(4);
        var late = _story.Entries[^1];
        _story.Entries.RemoveAt(_story.Entries.Count - 1);
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock).Send(2).Entries.Add(late);
        Assert.That(_story.Judge().First, Is.Empty);
    }

    [Test]
    public void A_node_that_rules_again_goes_on_from_what_it_had_when_it_was_succeeded()
    {
        _story.Rule().Send(6).Tick();
        var covered = _story.LastClock;
        _story.Accept(Direction.LeftToRight).Keep();
        _story.Rule(AnnouncementKind.TookOver, covered).Send(5);
        _story.Resume().Send(8);
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock).Send(2);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.StateLost, verdict.Inputs, verdict.Outputs, verdict.LostInputs), Is.EqualTo((1, 21, 21, 1)));
        });
    }

    [Test]
    public void A_node_that_rules_again_without_a_part_of_what_it_had_is_found()
    {
        _story.Rule().Send(6).Keep().Rule(AnnouncementKind.TookOver, _story.LastClock).Send(5).Resume().Send(8);
        // What it sends now shows what it had.
        _story.Spoil<AnnouncedEntry>(it => it.Announcement.Kind == AnnouncementKind.Resumed,
            it => it with { Announcement = it.Announcement with { CoveredClock = 4 } });
        var verdict = _story.Judge();
        Assert.That(verdict[Violation.Mismatch], Is.EqualTo(8), verdict.ToText());
    }

    [Test]
    public void Only_a_process_that_ruled_can_rule_again()
    {
        _story.Rule().Send(6).Keep().Rule(AnnouncementKind.TookOver, _story.LastClock).Send(5).Resume("node0", 777).Send(1);
        Assert.That(_story.Judge().First, Has.Some.Contains("holds no earlier term of this process"));
    }

    [Test]
    public void A_ruler_that_goes_on_alone_may_release_what_it_accepted_before()
    {
        _story.Rule().Send(4);
        var held = (OutEntry)_story.Entries[^1];
        _story.Entries.RemoveAt(_story.Entries.Count - 1);
        _story.Announce(AnnouncementKind.WentAlone, _story.LastClock).Entries.Add(held with { Term = 2 });
        _story.Send(4);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.Terms, verdict.LostOutputs), Is.EqualTo((2, 0)));
        });
    }

    [Test]
    public void A_start_after_earlier_terms_is_state_lost_and_begins_anew()
    {
        _story.Rule().Send(5).Rule().Send(5);
        var verdict = _story.Judge(_story.Dump());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That((verdict.StateLost, verdict.Inputs), Is.EqualTo((1, 10)));
        });
    }

    [Test]
    public void A_state_with_a_clock_is_compared_when_the_replay_has_come_there()
    {
        _story.Rule().Send(5);
        var dump = _story.Dump(_story.LastClock);
        _story.Send(5);
        Assert.That(_story.Judge(dump).First, Is.Empty);
    }

    [Test]
    public void A_journal_that_misses_a_load_is_not_judged()
    {
        _story.Rule().Entries.Add(new UnjournaledEntry());
        Assert.That(() => _story.Judge(), Throws.TypeOf<JournalException>().With.Message.Contains("measurement load"));
    }

    [Test]
    public void A_journal_without_a_ruler_is_not_judged() =>
        Assert.That(() => _story.Judge(), Throws.TypeOf<JudgeException>().With.Message.Contains("no node ever ruled"));

    [Test]
    public void The_verdict_is_one_json_object()
    {
        _story.Rule().Send(2).Entries.RemoveAt(_story.Entries.Count - 1);
        var json = _story.Judge().ToJson();
        Assert.Multiple(() =>
        {
            Assert.That(json.Select(field => field.Key), Is.EqualTo(new[]
            {
                "checked", "violations", "duplicates", "mismatches", "order", "stateMismatches", "records", "withheld",
                "lostOutputs", "lostInputs", "inputs", "ticks", "outputs", "terms", "stateLost", "first",
            }));
            Assert.That((long)json["violations"]!, Is.EqualTo(1));
            Assert.That((string)json["first"]![0]!, Does.Contain("clock 2, right to left"));
        });
    }
}
