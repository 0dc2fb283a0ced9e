using System.Text.Json;
using Holdfast.Judge;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Judge;

public sealed class ChainDescriptionTests
{
    private readonly Dictionary<string, Func<JsonElement, INetworkFunction>> _programs = new()
    {
        ["counting"] = settings => new CountingFunction(settings.TryGetProperty("at", out var at) ? at.GetInt32() : 0),
        ["random"] = _ => new RandomFunction(),
    };

    private string _directory = null!;

    [SetUp]
    public void SetUp() => _directory = Directory.CreateTempSubdirectory("holdfast-judge-").FullName;

    [TearDown]
    public void TearDown() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void The_functions_come_from_the_nodes_configuration()
    {
        var chain = Read("""
            {
              "node": { "name": "a" }, // of no interest here
              "chain": { "functions": [
                { "name": "one", "program": "counting", "settings": { "at": 3 } },
                { "name": "two", "program": "counting" },
              ] },
            }
            """);
        Assert.That(chain.Names, Is.EqualTo(new[] { "one", "two" }));
        using var reference = chain.MakeReference();
        Assert.That(reference.TryProcess(default, new byte[8], 1000, 1, out var output), Is.True);
        Assert.That(output.ToArray(), Is.EqualTo(new byte[] { 1, 0, 0, 1, 0, 0, 0, 0 }));
    }

    [Test]
    public void Random_sources_are_seeded_as_on_the_nodes()
    {
        var chain = Read("""{"chain":{"seed":7,"functions":[{"name":"dice","program":"random"}]}}""");
        using var reference = chain.MakeReference();
        var onNode = StateBlock.OnHeap();
        new RandomFunction().Initialise(new StateDeclaration(onNode, StableHash.Add(7 ^ StableHash.Seed, "dice")));
        Assert.That(StateContent.Differences(reference.Blocks[0].Data, onNode.Data), Is.Empty);
        onNode.Dispose();
    }

    [TestCase("{}", "no chain can be read")]
    [TestCase("""{"chain":{"functions":7}}""", "no chain can be read")]
    [TestCase("nonsense", "no chain can be read")]
    [TestCase("""{"chain":{"functions":[{"name":"x","program":"router"}]}}""",
        "function 'x' runs the program 'router', which the judge does not have; it has counting, random")]
    public void A_configuration_that_says_too_little_is_refused(string text, string words) =>
        Assert.That(() => Read(text), Throws.TypeOf<JudgeException>().With.Message.Contains(words));

    [Test]
    public void State_files_are_checked()
    {
        Assert.That(Dump, Throws.TypeOf<JudgeException>().With.Message.Contains("one.state: no such file"));
        File.WriteAllBytes(Path.Combine(_directory, "one.state"), new byte[5]);
        Assert.That(Dump, Throws.TypeOf<JudgeException>().With.Message.Contains("5 bytes; a state block has 65536"));
        File.WriteAllBytes(Path.Combine(_directory, "one.state"), new byte[StateBlock.Bytes]);
        Assert.That(Dump().Clock, Is.EqualTo(StateDump.Everything));
        File.WriteAllText(Path.Combine(_directory, "clock"), "12\n");
        Assert.That(Dump().Clock, Is.EqualTo(12));
        File.WriteAllText(Path.Combine(_directory, "clock"), "noon");
        Assert.That(Dump, Throws.TypeOf<JudgeException>().With.Message.Contains("'noon' is not a clock"));
    }

    private StateDump Dump() => StateDump.Read("standby", _directory, ["one"]);

    private ChainDescription Read(string text)
    {
        var path = Path.Combine(_directory, "node.json");
        File.WriteAllText(path, text);
        return ChainDescription.Read(path, _programs);
    }

    private sealed class RandomFunction : INetworkFunction
    {
        public void Initialise(StateDeclaration state) => state.Random("dice");

        public void Process(Batch batch)
        {
        }

        public void Tick(long time)
        {
        }
    }
}
