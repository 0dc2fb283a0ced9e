using System.CommandLine;
using System.Text.Json;
using Holdfast.Nfmgr.Control;

namespace Holdfast.Nfmgr.Commands;

/// <summary><c>nfmgr nf</c>: the life of a chain's NFs.</summary>
internal static class FunctionCommands
{
    public static Command Build() => new("nf", "Shows and controls the NFs of a running node.")
    {
        ListCommand(),
        Named("restart", "Puts the NF's program as it is on disk now in the place of the one that runs, without losing a packet; "
                         + "starts an NF that is stopped.", (name, answer) => answer.HandOverNanoseconds == 0 ? $"NF {name} is started again"
            : $"NF {name} was handed over in {answer.HandOverNanoseconds / 1000.0:0} µs"),
        Named("pause", "Lets the NF take no packets for now.", (name, _) => $"NF {name} is paused"),
        Named("resume", "Ends a pause.", (name, _) => $"NF {name} goes on"),
    };

    private static Command ListCommand()
    {
        var config = CommandLine.ConfigOption();
        var json = new Option<bool>("--json") { Description = "Prints one JSON array." };
        var command = new Command("list", "Shows each NF's processes, restarts and last cause of death.") { config, json };
        command.SetAction(parsed => CommandLine.Ask(parsed.GetValue(config)!, new ControlRequest("status"), answer =>
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(answer.Status!.Functions, ControlJson.Default.IReadOnlyListFunctionStatus)
                : StatusText.OfFunctions(answer.Status!))));
        return command;
    }

    private static Command Named(string verb, string description, Func<string, ControlAnswer, string> done)
    {
        var config = CommandLine.ConfigOption();
        var name = new Argument<string>("name") { Description = "The NF's name in the configuration." };
        var command = new Command(verb, description) { name, config };
        command.SetAction(parsed => CommandLine.Ask(parsed.GetValue(config)!, new ControlRequest($"nf-{verb}", Function: parsed.GetValue(name)!),
            answer => Console.WriteLine(done(parsed.GetValue(name)!, answer))));
        return command;
    }
}
