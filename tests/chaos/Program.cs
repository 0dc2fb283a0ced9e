using System.Runtime.InteropServices;
using Holdfast.Chaos.Networks;
using Holdfast.Chaos.Reporting;

namespace Holdfast.Chaos;

/// <summary>Real nodes under faults by a seed; see README.md and scripts/chaos.sh.</summary>
internal static class Program
{
    private const int Violated = 1, Misused = 2, Lacking = 3, Failed = 4, Interrupted = 130;

    private static int Main(string[] arguments)
    {
        ChaosOptions options;
        try
        {
            if (arguments is ["-h" or "--help"])
            {
                Console.WriteLine(ChaosOptions.Usage);
                return 0;
            }

            options = ChaosOptions.Parse(arguments);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine($"chaos: {error.Message}\n{ChaosOptions.Usage}");
            return Misused;
        }

        if (NetworkNamespace.Missing("tc", "nft", "ethtool", "sysctl") is { } missing)
        {
            Console.Error.WriteLine($"chaos: {missing}");
            return Lacking;
        }

        Leftovers.Remove();
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // to clean up first
            stop.Cancel();
        }

        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTermination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var report = new ChaosReport(options, what => Console.WriteLine($"  {DateTime.Now:HH:mm:ss} {what}"));
        Console.WriteLine($"chaos, seed {options.Seed}, {options.Minutes} minutes");
        var interrupted = false;
        try
        {
            new ChaosRun(options, report, stop.Token).Run();
        }
        catch (OperationCanceledException)
        {
            interrupted = true;
        }
        catch (Exception error)
        {
            // Everything was cleaned up on the way here; uncaught, nothing would be.
            Console.Error.WriteLine($"chaos: the harness itself failed: {error}");
            return Failed;
        }

        if (options.Json is not null) File.WriteAllText(options.Json, report.ToJson().ToString());
        if (interrupted) Console.WriteLine("interrupted; so far:");
        Console.WriteLine(report.ToText());
        return report.Violations.Count > 0 ? Violated : interrupted ? Interrupted : 0;
    }
}
