using System.CommandLine;

namespace Holdfast.Nfmgr.Demo;

/// <summary><c>nfmgr demo</c>: the README's first command.</summary>
internal static class DemoCommand
{
    public static Command Build()
    {
        var json = new Option<bool>("--json") { Description = "Prints one JSON object instead of the report." };
        var rounds = new Option<int>("--kills") { Description = "Kills in a row.", DefaultValueFactory = _ => 1 };
        var seed = new Option<int>("--seed") { Description = "Seeds traffic and moments; a fresh one unless given." };
        var onlyFailover = new Option<bool>("--no-load") { Description = "Leaves the measurement of load and latency out." };
        var keep = new Option<DirectoryInfo?>("--keep") { Description = "Leaves configurations, logs and journals in this directory." };
        var command = new Command("demo",
            "Runs a primary and a standby on this machine, sends real traffic, kills the primary, and judges what came out. "
            + "Needs no privileges.") { json, rounds, seed, onlyFailover, keep };
        command.SetAction(parsed =>
        {
            var quiet = parsed.GetValue(json);
            var chosen = parsed.GetResult(seed) is null ? Random.Shared.Next() : parsed.GetValue(seed);
            var options = new DemoOptions(Math.Max(1, parsed.GetValue(rounds)), chosen, !parsed.GetValue(onlyFailover), parsed.GetValue(keep)?.FullName);
            void Progress(string what)
            {
                if (!quiet) Console.WriteLine($"  … {what}");
            }

            try
            {
                if (!quiet) Console.WriteLine($"Holdfast demo, seed {chosen}");
                var report = new DemoRun(options, AppContext.BaseDirectory, Progress).Run();
                Console.WriteLine(quiet ? report.ToJson() : report.ToText());
                return report.Passed ? 0 : 1;
            }
            catch (Exception error) when (error is DemoException or IOException)
            {
                Console.Error.WriteLine($"nfmgr demo: {error.Message}");
                return 1;
            }
        });
        return command;
    }
}
