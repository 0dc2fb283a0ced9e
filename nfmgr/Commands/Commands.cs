using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Runtime;
using Holdfast.Nfmgr.Storage;

namespace Holdfast.Nfmgr.Commands;

/// <summary>The command line of nfmgr. Exit codes: 0 done, 1 not done, 2 wrong arguments or configuration.</summary>
internal static class CommandLine
{
    public static RootCommand Build() => new("nfmgr keeps a chain of network functions running through crashes.")
    {
        Demo.DemoCommand.Build(), RunCommand(), CheckCommand(), InitCommand(), StatusCommand(), ContinueCommand(), SwitchoverCommand(),
        SaveStateCommand(), LoadCommand.Build(), DevicesCommand.Build(),
        FunctionCommands.Build(), ArbiterCommands.Build(),
    };

    internal static Option<FileInfo> ConfigOption() =>
        new("--config") { Description = "The node's configuration.", Required = true };

    private static Command RunCommand()
    {
        var config = ConfigOption();
        var dieWithParent = new Option<bool>("--die-with-parent") { Description = "Ends when the process that started it ends; for demos and tests." };
        var command = new Command("run", "Runs a node in the foreground until SIGTERM or SIGINT.") { config, dieWithParent };
        command.SetAction(parsed => WithConfiguration(parsed.GetValue(config)!, configuration =>
        {
            if (!MayStart(configuration)) return 1;
            return UntilStopped(parsed.GetValue(dieWithParent), stop =>
            {
                using var daemon = new Daemon(configuration, Console.Out);
                return daemon.Run(stop);
            });
        }));
        return command;
    }

    /// <summary>Runs a daemon until SIGTERM or SIGINT.</summary>
    internal static int UntilStopped(bool dieWithParent, Func<CancellationToken, int> run)
    {
        if (dieWithParent) _ = Libc.Prctl(Libc.PR_SET_PDEATHSIG, 9, 0, 0, 0);
        // Without root the NFs are of the same user, and nfmgr has every memory object open.
        _ = Libc.Prctl(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0);
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }

        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        return run(stop.Token);
    }

    private static Command CheckCommand()
    {
        var config = ConfigOption();
        var command = new Command("check", "Checks a configuration, and the machine against it, without running anything.") { config };
        command.SetAction(parsed => WithConfiguration(parsed.GetValue(config)!, configuration =>
        {
            var results = CheckConfiguration.Run(configuration);
            foreach (var result in results) Console.WriteLine(result);
            return results.Any(r => r.Level == CheckLevel.Error) ? 1 : 0;
        }));
        return command;
    }

    private static Command InitCommand()
    {
        var config = new Option<FileInfo>("--config") { Description = "The node's configuration." };
        var sure = new Option<bool>("--peer-never-ran") { Description = "Confirms that this chain never ran on the peer either." };
        var example = new Option<bool>("--example") { Description = "Prints an example configuration with comments instead." };
        var command = new Command("init", "Makes the state directory of a node whose chain never ran.") { config, sure, example };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(example))
            {
                Console.Write(ExampleConfiguration.Text);
                return 0;
            }

            if (parsed.GetValue(config) is not { } file)
            {
                Console.Error.WriteLine("nfmgr init: --config FILE is missing; `nfmgr init --example` prints one to begin with");
                return 2;
            }

            return WithConfiguration(file, configuration =>
            {
                if (!parsed.GetValue(sure) && !Confirm(configuration.Peer.Name)) return 1;
                NodeStore.Initialise(configuration.Node.StateDirectory);
                Console.WriteLine($"{configuration.Node.StateDirectory}: node {configuration.Node.Name} is ready for its first run");
                return 0;
            });
        });
        return command;
    }

    private static Command StatusCommand()
    {
        var config = ConfigOption();
        var json = new Option<bool>("--json") { Description = "Prints one JSON object." };
        var command = new Command("status", "Shows a running node's role, protection and counters.") { config, json };
        command.SetAction(parsed => Ask(parsed.GetValue(config)!, new ControlRequest("status"), answer =>
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(answer.Status, ControlJson.Default.StatusReport)
                : StatusText.Of(answer.Status!))));
        return command;
    }

    private static Command ContinueCommand()
    {
        var config = ConfigOption();
        var unprotected = new Option<bool>("--unprotected") { Description = "Go on without a standby.", Required = true };
        var off = new Option<bool>("--peer-is-off") { Description = "Confirms that the peer is off and can't rule." };
        var command = new Command("continue", "Lets a node go on whose peer does not answer.") { config, unprotected, off };
        command.SetAction(parsed => Ask(parsed.GetValue(config)!, new ControlRequest("continue", parsed.GetValue(off)),
            _ => Console.WriteLine("this node goes on, unprotected")));
        return command;
    }

    private static Command SwitchoverCommand()
    {
        var config = ConfigOption();
        var command = new Command("switchover", "Gives the chain from this node, which rules, to its standby; nothing is lost.") { config };
        command.SetAction(parsed => Ask(parsed.GetValue(config)!, new ControlRequest("switchover"), _ => Console.WriteLine("the peer rules")));
        return command;
    }

    private static Command SaveStateCommand()
    {
        var config = ConfigOption();
        var directory = new Argument<DirectoryInfo>("directory") { Description = "Where to write one NAME.state of 64 KiB for each NF." };
        var command = new Command("save-state", "Saves the NFs' state blocks as they are now, for support and tests.") { config, directory };
        command.SetAction(parsed => Ask(parsed.GetValue(config)!, new ControlRequest("save-state", Directory: parsed.GetValue(directory)!.FullName),
            _ => Console.WriteLine($"saved to {parsed.GetValue(directory)}")));
        return command;
    }

    internal static int Ask(FileInfo config, ControlRequest request, Action<ControlAnswer> show) => WithConfiguration(config, configuration =>
    {
        var answer = ControlClient.Ask(configuration.ControlSocket, request);
        if (answer.Error is { } error)
        {
            Console.Error.WriteLine($"nfmgr {request.Command}: {error}");
            return 1;
        }

        show(answer);
        return 0;
    });

    private static int WithConfiguration(FileInfo file, Func<DaemonConfiguration, int> action) =>
        Guarded(() => action(ConfigurationFile.Load(file.FullName)));

    /// <summary>Says what went wrong instead of throwing it at the user.</summary>
    internal static int Guarded(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (ConfigurationException error)
        {
            foreach (var one in error.Errors) Console.Error.WriteLine(one);
            return 2;
        }
        catch (Exception error) when (error is IOException or NodeStoreException or Supervision.FunctionStartException
                                          or UnauthorizedAccessException or NfLib.Pcap.PcapFormatException or NfLib.Memory.MemoryObjectException)
        {
            Console.Error.WriteLine($"nfmgr: {error.Message}");
            return 1;
        }
    }

    /// <summary>Says what is wrong with the ports' interfaces and devices, and with cores.</summary>
    private static bool MayStart(DaemonConfiguration configuration)
    {
        var results = CheckConfiguration.Machine(configuration);
        foreach (var result in results.Where(r => r.Level != CheckLevel.Ok)) Console.Error.WriteLine(result);
        return results.All(r => r.Level != CheckLevel.Error);
    }

    private static bool Confirm(string peer)
    {
        if (Console.IsInputRedirected)
        {
            Console.Error.WriteLine($"nfmgr init: confirm with --peer-never-ran that this chain never ran on {peer} either");
            return false;
        }

        Console.Write($"Did this chain never run on {peer} either? If it did, its state there would be lost. [yes/no] ");
        return Console.ReadLine()?.Trim() is "yes";
    }
}
