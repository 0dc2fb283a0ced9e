using Holdfast.Judge;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>Spoilt stories for each kind of violation: the judge finds it, and nothing else.</summary>
public sealed class ViolationTests
{
    private Story _story = null!;

    [SetUp]
    public void SetUp() => _story = new Story().Rule().Send(10);

    [TearDown]
    public void TearDown() => _story.Dispose();

    [Test]
    public void A_changed_byte_in_an_output()
    {
        _story.Spoil<OutEntry>(it => it.Clock == 4, it =>
        {
            it.Frame[40] ^= 1;
            return it;
        });
        Expect(Violation.Mismatch, "byte 40 is 0x01, the reference's 0x00");
    }

    [Test]
    public void A_shortened_output()
    {
        _story.Spoil<OutEntry>(it => it.Clock == 4, it => it with { Frame = it.Frame[..60] });
        Expect(Violation.Mismatch, "it has 60 bytes, the reference's 64");
    }

    [Test]
    public void An_output_that_the_reference_drops()
    {
        _story.Send(Direction.LeftToRight, CountingFunction.Dropped);
        _story.Entries.Add(new OutEntry(0, Direction.LeftToRight, 11, 1, new byte[64]));
        Expect(Violation.Mismatch, "the reference drops it");
    }

    [Test]
    public void An_output_without_an_input()
    {
        _story.Entries.Add(new OutEntry(0, Direction.LeftToRight, 99, 1, new byte[64]));
        Expect(Violation.Mismatch, "no input with that clock was recorded");
    }

    [Test]
    public void An_output_of_a_tick()
    {
        _story.Tick().Entries.Add(new OutEntry(0, Direction.LeftToRight, 11, 1, new byte[64]));
        Expect(Violation.Mismatch, "that clock is a tick's");
    }

    [Test]
    public void An_output_that_came_out_where_it_went_in()
    {
        _story.Send(Direction.RightToLeft)
            .Spoil<OutEntry>(it => it.Clock == 11, it => it with { Direction = Direction.LeftToRight });
        var verdict = _story.Judge();
        Assert.Multiple(() =>
        {
            Assert.That(verdict[Violation.Mismatch], Is.EqualTo(1));
            // What should have come out is missing at the other port.
            Assert.That(verdict[Violation.Withheld], Is.EqualTo(1));
            Assert.That(verdict.First[0], Does.Contain("went the other way"));
        });
    }

    [Test]
    public void An_output_released_before_the_successor_had_it()
    {
        var covered = _story.LastClock;
        _story.Send(Direction.LeftToRight).Rule(AnnouncementKind.TookOver, covered).Send(4);
        Expect(Violation.Mismatch, $"later terms go on with a state that ends at clock {covered}");
    }

    [Test]
    public void An_output_released_by_a_successor_that_had_not_accepted_it()
    {
        _story.Send(Direction.LeftToRight);
        var held = (OutEntry)_story.Entries[^1];
        _story.Entries.RemoveAt(_story.Entries.Count - 1);
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock);
        _story.Entries.Add(held with { Node = 1, Term = 2 });
        Expect(Violation.Mismatch, "it was accepted by node0 (process 100) in term 1");
    }

    [Test]
    public void An_output_in_a_term_that_its_node_did_not_announce()
    {
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock).Send(1)
            .Spoil<OutEntry>(it => it.Clock == 11, it => it with { Node = 0 });
        Expect(Violation.Mismatch, "this node did not announce that term");
    }

    [Test]
    public void An_output_in_a_term_that_nobody_announced()
    {
        _story.Entries.Add(new OutEntry(0, Direction.LeftToRight, 11, 7, new byte[64]));
        Expect(Violation.Mismatch, "this node did not announce that term");
    }

    [Test]
    public void An_output_twice()
    {
        _story.Entries.Add(_story.Entries[^1]);
        Expect(Violation.Duplicate,
            "clock 10, right to left, released by node0 (process 100) in term 1: it had come out before");
    }

    [Test]
    public void An_output_twice_across_a_takeover()
    {
        var released = (OutEntry)_story.Entries[^1];
        _story.Rule(AnnouncementKind.TookOver, _story.LastClock);
        _story.Entries.Add(released with { Node = 1, Term = 2 });
        Expect(Violation.Duplicate, "released by node1 (process 101) in term 2");
    }

    [Test]
    public void Two_outputs_of_one_direction_in_the_wrong_order()
    {
        var outputs = _story.Entries.OfType<OutEntry>().Where(it => it.Direction == Direction.LeftToRight).ToList();
        var (a, b) = (_story.Entries.IndexOf(outputs[2]), _story.Entries.IndexOf(outputs[3]));
        (_story.Entries[a], _story.Entries[b]) = (_story.Entries[b], _story.Entries[a]);
        Expect(Violation.Order, "it came out after clock 7");
    }

    [Test]
    public void A_state_that_misses_an_input()
    {
        var dump = _story.Dump();
        _story.Send(1);
        var verdict = _story.Judge(dump);
        Assert.Multiple(() =>
        {
            // A counter in each of the two functions, as it is and as it should be.
            Assert.That(verdict[Violation.State], Is.EqualTo(4));
            Assert.That(verdict.Violations, Is.EqualTo(4));
            Assert.That(verdict.First[0], Does.Contain("state of first on standby").And.Contain("seen = 10"));
        });
    }

    [Test]
    public void A_state_that_misses_a_tick()
    {
        var dump = _story.Dump();
        _story.Tick();
        Assert.That(_story.Judge(dump)[Violation.State], Is.EqualTo(4));
    }

    [Test]
    public void A_state_that_is_ahead_of_its_clock()
    {
        var dump = _story.Dump(_story.LastClock - 1);
        Assert.That(_story.Judge(dump)[Violation.State], Is.EqualTo(4));
    }

    [Test]
    public void A_state_that_nobody_declared()
    {
        var empty = new byte[StateBlock.Bytes];
        var blocks = new Dictionary<string, byte[]> { ["first"] = empty, ["second"] = empty };
        var verdict = _story.Judge(new StateDump("standby", StateDump.Everything, blocks));
        Assert.Multiple(() =>
        {
            Assert.That(verdict[Violation.State], Is.EqualTo(2));
            Assert.That(verdict.First[0], Does.Contain("not a declared state block"));
        });
    }

    [Test]
    public void An_output_that_is_missing_between_others()
    {
        _story.Spoil<OutEntry>(it => it.Clock == 5, _ => null).Rule(AnnouncementKind.TookOver, 10);
        Expect(Violation.Withheld, "it never came out, but later ones did");
    }

    [Test]
    public void An_output_that_is_missing_at_the_end()
    {
        _story.Accept(Direction.LeftToRight);
        Expect(Violation.Withheld, "no takeover followed");
    }

    private void Expect(Violation kind, string words) => Expecting.Only(_story, kind, words);
}
