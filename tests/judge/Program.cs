using System.Text.Json;
using Holdfast.Journal;
using Holdfast.Judge;

const string usage = "usage: judge --journal DIR --config NODE_CONFIG.json [--state LABEL=DIR]... [--json]";
string? journal = null, config = null;
var stateDirectories = new List<(string Label, string Directory)>();
var json = false;
for (var i = 0; i < args.Length; i++)
{
    var option = args[i];
    if (option == "--json")
    {
        json = true;
        continue;
    }

    if (option is not ("--journal" or "--config" or "--state")) return RefuseArguments($"'{option}' is not an option");
    if (++i == args.Length) return RefuseArguments($"{option} needs a value");
    if (option == "--journal") journal = args[i];
    else if (option == "--config") config = args[i];
    else if (args[i].Split('=', 2) is [{ Length: > 0 } label, { Length: > 0 } directory])
        stateDirectories.Add((label, directory));
    else return RefuseArguments($"--state {args[i]}: it must be LABEL=DIR");
}

if (journal is null || config is null) return RefuseArguments("--journal and --config are needed");
try
{
    var chain = ChainDescription.Read(config, ShippedPrograms.All);
    var dumps = stateDirectories.Select(state => StateDump.Read(state.Label, state.Directory, chain.Names)).ToList();
    using var evidence = new Evidence(journal);
    var verdict = new Judgement(evidence, chain, dumps).Run();
    Console.WriteLine(json ? verdict.ToJson().ToJsonString() : verdict.ToText());
    return verdict.Violations == 0 ? 0 : 1;
}
catch (Exception error) when (error is JournalException or JudgeException or IOException
                                  or UnauthorizedAccessException)
{
    return Fail(error.Message);
}

static int Fail(string message)
{
    Console.Error.WriteLine($"judge: {message}");
    return 2;
}

static int RefuseArguments(string message)
{
    Fail(message);
    Console.Error.WriteLine(usage);
    return 2;
}
