using Holdfast.Generator;
using Holdfast.Generator.Traffic;
using Holdfast.NfLib.Packets;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Generator;

public sealed class GeneratedFlowsTests
{
    private static readonly Endpoint Outside = new(0xCB007101, 20_000);

    private readonly byte[] _buffer = new byte[2048];
    private GeneratedFlows _flows = null!;
    private long _now;

    [SetUp]
    public void SetUp()
    {
        _now = 5 * Time.Second;
        _flows = new GeneratedFlows(rate: 1e9, flows: 1, seed: 1, _now);
    }

    [Test]
    public void A_flow_answers_to_the_outside_address_after_its_questions_came_out()
    {
        var questions = TakeAll();
        Assert.That(questions, Has.Count.EqualTo(8));
        foreach (var question in questions[..^1]) ComeOut(question);
        Assert.That(TakeAll(), Is.Empty, "one question is still inside");
        ComeOut(questions[^1]);

        var answers = TakeAll();
        Assert.That(answers, Has.Count.EqualTo(4));
        Assert.That(answers.Select(answer => answer.Direction), Is.All.EqualTo(Direction.RightToLeft));
        Assert.That(answers.Select(answer => ToOf(answer.Frame)), Is.All.EqualTo(Outside));
        foreach (var answer in answers) ComeOut(answer);
        Assert.That(TakeAll(), Has.Count.EqualTo(8));
        Assert.That(_flows.Totals, Is.EqualTo(new TrafficTotals { ExchangesCompleted = 1 }));
    }

    [Test]
    public void A_changed_mapping_is_counted()
    {
        var questions = TakeAll();
        foreach (var question in questions[..7]) ComeOut(question);
        ComeOut(questions[7], Outside with { Port = 20_001 });
        Assert.That(_flows.Totals.MappingChanged, Is.EqualTo(1));
    }

    [Test]
    public void An_answer_that_reaches_another_inside_host_is_counted()
    {
        foreach (var question in TakeAll()) ComeOut(question);
        ComeOut(TakeAll()[0], new Endpoint(0x0A000001, 1));
        Assert.That(_flows.Totals.MappingChanged, Is.EqualTo(1));
    }

    [Test]
    public void A_damaged_frame_is_counted()
    {
        var (_, step, frame) = TakeAll()[0];
        frame[^1] ^= 1;
        _flows.CameOut(step, frame, _now);
        Assert.That(_flows.Totals.BadFrames, Is.EqualTo(1));
    }

    [Test]
    public void What_is_lost_with_its_node_ends_the_turn()
    {
        var questions = TakeAll();
        foreach (var question in questions[..5]) ComeOut(question);
        foreach (var question in questions[5..]) _flows.Lost(question.Step);
        Assert.That(TakeAll().Select(answer => answer.Direction), Is.All.EqualTo(Direction.RightToLeft));
        Assert.That(_flows.Totals, Is.EqualTo(new TrafficTotals { ExchangesSpoilt = 1 }));
    }

    [Test]
    public void What_the_chain_drops_ends_the_turn_after_a_while()
    {
        TakeAll();
        _now += Time.Second;
        Assert.That(TakeAll(), Is.Empty);
        _now += 2 * Time.Second;
        Assert.That(TakeAll(), Has.Count.EqualTo(8), "without an outside address there is nobody to answer");
    }

    [Test]
    public void What_comes_out_after_it_was_given_up_does_not_end_a_later_turn()
    {
        var late = TakeAll();
        _now += 3 * Time.Second;
        var questions = TakeAll();
        foreach (var question in late) ComeOut(question);
        Assert.That(TakeAll(), Is.Empty);
        foreach (var question in questions) ComeOut(question);
        Assert.That(TakeAll(), Has.Count.EqualTo(4));
    }

    [Test]
    public void When_the_state_is_lost_the_inside_asks_first_and_a_new_mapping_is_no_change()
    {
        foreach (var question in TakeAll()) ComeOut(question);
        Assert.That(TakeAll().Select(answer => answer.Direction), Is.All.EqualTo(Direction.RightToLeft));
        _flows.StateLost();
        var questions = TakeAll();
        Assert.That(questions, Has.Count.EqualTo(8));
        Assert.That(questions.Select(question => question.Direction), Is.All.EqualTo(Direction.LeftToRight));
        foreach (var question in questions) ComeOut(question, Outside with { Port = 20_001 });
        Assert.That(_flows.Totals, Is.EqualTo(new TrafficTotals { ExchangesSpoilt = 1 }));
    }

    [Test]
    public void The_same_seed_gives_the_same_traffic()
    {
        var once = LengthsOfARun();
        Assert.That(LengthsOfARun(), Is.EqualTo(once));
        Assert.That(once.Distinct(), Is.EquivalentTo(new[] { 64, 1024 }));
    }

    private List<int> LengthsOfARun()
    {
        SetUp();
        var lengths = new List<int>();
        for (var turn = 0; turn < 20; turn++)
        {
            foreach (var taken in TakeAll())
            {
                lengths.Add(taken.Frame.Length);
                ComeOut(taken);
            }
        }

        return lengths;
    }

    private List<(Direction Direction, ulong Step, byte[] Frame)> TakeAll()
    {
        _now += Time.Millisecond;
        _flows.Tick(_now);
        var taken = new List<(Direction, ulong, byte[])>();
        while (_flows.Next(_buffer, out var direction, out var step) is > 0 and var length)
            taken.Add((direction, step, _buffer[..length]));
        return taken;
    }

    private void ComeOut((Direction Direction, ulong Step, byte[] Frame) sent, Endpoint? mapped = null)
    {
        Assert.That(UdpFrame.TryRead(sent.Frame, out var from, out var to, out var payload), Is.True);
        var fromLeft = sent.Direction == Direction.LeftToRight;
        var frame = new byte[sent.Frame.Length];
        // What a NAT does: it shows another source outside, and puts the inside address back.
        if (fromLeft) UdpFrame.Write(frame, true, mapped ?? Outside, to, payload);
        else UdpFrame.Write(frame, false, from, mapped ?? new Endpoint(0x0AFA_0001, 40_000), payload);
        _flows.CameOut(sent.Step, frame, _now);
    }

    private static Endpoint ToOf(byte[] frame)
    {
        UdpFrame.TryRead(frame, out _, out var to, out _);
        return to;
    }
}
