using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Generator;
using Holdfast.Generator.Traffic;
using Holdfast.Judge;
using Holdfast.NfLib.Wire;
using Holdfast.Tests.Unit.Generator;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>The generator's session against fake nodes in this process, and the judge on what it wrote.</summary>
public sealed class EndToEndTests
{
    private readonly ConcurrentQueue<JsonObject> _events = new();
    private string _directory = null!;
    private Session _session = null!;
    private Thread _thread = null!;
    private FakeChain _chain = null!;
    private FakeNode _a = null!, _b = null!;

    private string SocketPath => Path.Combine(_directory, "far-end");

    [SetUp]
    public void SetUp()
    {
        _events.Clear();
        _directory = Directory.CreateTempSubdirectory("holdfast-far-").FullName;
        _session = new Session(new SessionOptions
        {
            SocketPath = SocketPath,
            JournalDirectory = _directory,
            Capture = new CaptureRounds(MixedCapture.Flows()),
        }, line => _events.Enqueue((JsonObject)JsonNode.Parse(line)!));
        _thread = new Thread(_session.Run) { IsBackground = true };
        _thread.Start();
        _chain = new FakeChain(CountingFunction.MakeChain());
        _a = new FakeNode(SocketPath, "a", 1);
        _b = new FakeNode(SocketPath, "b", 2);
        _chain.GiveTo(_a, AnnouncementKind.Started);
        Await("announced");
    }

    [TearDown]
    public void TearDown()
    {
        End();
        _a.Dispose();
        _b.Dispose();
        _chain.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public void A_play_across_two_takeovers_is_judged_without_violation()
    {
        _session.Submit("""{"do":"play","rate":20000,"flows":16,"captureRoundsPerSecond":20}""");
        StepFor(300);
        var lost = TakeOver(_b);
        Await("unplugged");
        StepFor(300);
        _a.Dispose();
        _a = new FakeNode(SocketPath, "a", 3);
        lost += TakeOver(_a);
        StepFor(300);
        _session.Submit("""{"do":"stop"}""");
        var stopped = Await("stopped");
        var verdict = EndAndJudge();

        TestContext.Out.WriteLine(stopped.ToJsonString());
        TestContext.Out.WriteLine(verdict.ToText());
        Assert.Multiple(() =>
        {
            Assert.That(verdict.First, Is.Empty);
            Assert.That(verdict.LostInputs, Is.EqualTo(lost).And.Positive);
            Assert.That(verdict.Inputs, Is.GreaterThan(1000));
            Assert.That(verdict.Ticks, Is.GreaterThan(30));
            Assert.That(verdict.Outputs, Is.EqualTo(verdict.Inputs));
            Assert.That((long)stopped["out"]!, Is.EqualTo(verdict.Outputs));
            Assert.That((long)stopped["accepted"]!, Is.EqualTo(verdict.Inputs + lost));
            Assert.That((long)stopped["flowsCompleted"]!, Is.Positive);
            Assert.That((long)stopped["exchangesCompleted"]!, Is.Positive);
            Assert.That((long)stopped["mappingChanged"]!, Is.Zero);
            Assert.That((long)stopped["badFrames"]!, Is.Zero);
            Assert.That((long)stopped["late"]!, Is.Zero);
            Assert.That((double)stopped["longestGapMs"]!, Is.Positive);
            Assert.That(Seen("announced").Select(it => (string)it["node"]!), Is.EqualTo(new[] { "a", "b", "a" }));
            Assert.That(Seen("firstOut").Select(it => ((string)it["node"]!, (ulong)it["term"]!)),
                Is.EqualTo(new[] { ("a", 1UL), ("b", 2UL), ("a", 3UL) }));
            Assert.That(Seen("plugged"), Has.Count.EqualTo(6));
        });
    }

    [Test]
    public void A_load_measures_what_came_out_and_when()
    {
        _session.Submit("""{"do":"load","rate":10000,"seconds":0.5,"frameBytes":100,"flows":8}""");
        var load = Await("load");
        TestContext.Out.WriteLine(load.ToJsonString());
        Assert.Multiple(() =>
        {
            // A busy machine may be slower than it was told to be, and must say so.
            Assert.That((long)load["offered"]!, Is.Positive.And.LessThanOrEqualTo(5_050));
            Assert.That((double)load["mppsOffered"]!, Is.EqualTo((long)load["offered"]! / 0.5 / 1e6).Within(10).Percent);
            Assert.That((long)load["refused"]!, Is.Zero);
            Assert.That((long)load["received"]!, Is.EqualTo((long)load["offered"]!));
            Assert.That((double)load["mppsReceived"]!, Is.Positive.And.LessThanOrEqualTo(1.1 * (double)load["mppsOffered"]!));
            Assert.That((double)load["p50Us"]!, Is.Positive.And.LessThanOrEqualTo((double)load["p99Us"]!));
        });
    }

    [Test]
    public void Commands_that_can_not_be_obeyed_are_answered_with_an_error()
    {
        _session.Submit("""{"do":"stop"}""");
        Assert.That((string)Await("error")["message"]!, Does.Contain("nothing is playing"));
        _session.Submit("""{"do":"play"}""");
        Assert.That((string)Await("error")["message"]!, Does.Contain("set at least one"));
        _session.Submit("""{"do":"status"}""");
        Assert.That((string)Await("status")["ruler"]!, Is.EqualTo("a"));
    }

    private int TakeOver(FakeNode successor)
    {
        var lost = 0;
        var limit = Stopwatch.StartNew();
        while (lost == 0 && limit.ElapsedMilliseconds < 2000) lost = _chain.AcceptAndLose();
        if (successor == _b) _a.Dispose();
        _chain.GiveTo(successor, AnnouncementKind.TookOver);
        return lost;
    }

    private Verdict EndAndJudge()
    {
        // Nothing steps the chain any more, so this is the state after the last record.
        foreach (var (name, block) in CountingFunction.Chain.Names.Zip(_chain.Blocks))
            File.WriteAllBytes(Path.Combine(_directory, $"{name}.state"), block.Data);
        End();
        using var evidence = new Evidence(_directory);
        var dump = StateDump.Read("last ruler", _directory, CountingFunction.Chain.Names);
        return new Judgement(evidence, CountingFunction.Chain, [dump]).Run();
    }

    private void End()
    {
        _session.End();
        _thread.Join();
        _session.Dispose();
    }

    private JsonObject Await(string name)
    {
        var limit = Stopwatch.StartNew();
        while (limit.ElapsedMilliseconds < 10_000)
        {
            if (_events.FirstOrDefault(it => (string)it["event"]! == name && it["taken"] is null) is { } found)
            {
                found["taken"] = true;
                return found;
            }

            if (_chain.Step() == 0) Thread.Sleep(1);
        }

        var others = string.Join('\n', _events.Select(it => it.ToJsonString()));
        throw new TimeoutException($"no event '{name}' within 10 s; there were {others}");
    }

    private List<JsonObject> Seen(string name) => [.. _events.Where(it => (string)it["event"]! == name)];

    private void StepFor(int milliseconds)
    {
        for (var limit = Stopwatch.StartNew(); limit.ElapsedMilliseconds < milliseconds;)
        {
            if (_chain.Step() == 0) Thread.Sleep(1);
        }
    }
}
