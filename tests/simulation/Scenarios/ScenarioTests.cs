using NUnit.Framework;

namespace Holdfast.Simulation.Scenarios;

/// <summary>
/// The scenarios of the protocol that have a name, as scripts with what must happen: the documentation's examples. A file
/// holds commands behind ">", and below each what it leads to; lines that begin with "#" are for the reader.
/// HOLDFAST_REWRITE=DIR writes down there what happens now instead of comparing, for the author to read.
/// </summary>
public sealed class ScenarioTests
{
    private static readonly string Scripts = Path.Combine(TestContext.CurrentContext.TestDirectory, "scenarios");

    private static IEnumerable<string> Names() => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "scenarios"), "*.txt")
        .Select(file => Path.GetFileNameWithoutExtension(file)).Order();

    [TestCaseSource(nameof(Names))]
    public void It_happens_as_written(string scenario)
    {
        var file = Path.Combine(Scripts, scenario + ".txt");
        var expected = File.ReadAllText(file);
        var actual = Play(expected);
        if (Environment.GetEnvironmentVariable("HOLDFAST_REWRITE") is { } source)
        {
            File.WriteAllText(Path.Combine(source, scenario + ".txt"), actual);
            Assert.Inconclusive("written anew");
        }

        Assert.That(actual, Is.EqualTo(expected));
    }

    private static string Play(string script)
    {
        var scenario = new Scenario();
        var lines = new List<string>();
        foreach (var line in script.Split('\n'))
        {
            if (line.StartsWith('>'))
            {
                lines.Add(line);
                lines.AddRange(scenario.Do(line[1..]).Select(what => $"    {what}"));
            }
            else if (!line.StartsWith("    ", StringComparison.Ordinal))
            {
                lines.Add(line);
            }
        }

        return string.Join('\n', lines);
    }
}
