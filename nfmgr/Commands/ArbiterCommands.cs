using System.CommandLine;
using System.Text.Json;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Runtime;

namespace Holdfast.Nfmgr.Commands;

/// <summary><c>nfmgr arbiter</c>: the third voice about two nodes.</summary>
internal static class ArbiterCommands
{
    public static Command Build() => new("arbiter", "The third voice that decides which of two nodes may rule.") { Run(), Status() };

    private static Command Run()
    {
        var config = new Option<FileInfo>("--config") { Description = "The arbiter's configuration.", Required = true };
        var dieWithParent = new Option<bool>("--die-with-parent") { Description = "Ends when the process that started it ends; for demos and tests." };
        var command = new Command("run", "Runs an arbiter in the foreground until SIGTERM or SIGINT.") { config, dieWithParent };
        command.SetAction(parsed => CommandLine.Guarded(() =>
        {
            var configuration = ConfigurationFile.LoadArbiter(parsed.GetValue(config)!.FullName);
            return CommandLine.UntilStopped(parsed.GetValue(dieWithParent), stop =>
            {
                using var daemon = new ArbiterDaemon(configuration, Console.Out);
                return daemon.Run(stop);
            });
        }));
        return command;
    }

    private static Command Status()
    {
        var config = new Option<FileInfo>("--config") { Description = "The arbiter's configuration.", Required = true };
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("status", "Shows what a running arbiter has granted.") { config, json };
        command.SetAction(parsed => CommandLine.Guarded(() =>
        {
            var configuration = ConfigurationFile.LoadArbiter(parsed.GetValue(config)!.FullName);
            var answer = ControlClient.Ask(configuration.ControlSocket, new ControlRequest("status"));
            if (answer.Arbiter is not { } report)
            {
                Console.Error.WriteLine($"nfmgr arbiter status: {answer.Error ?? "what answers is no arbiter"}");
                return 1;
            }

            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(report, ControlJson.Default.ArbiterReport) : StatusText.Of(report));
            return 0;
        }));
        return command;
    }
}
