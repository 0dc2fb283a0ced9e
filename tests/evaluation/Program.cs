using System.Runtime.InteropServices;
using Holdfast.Evaluation.Peers;

namespace Holdfast.Evaluation;

/// <summary>Measures real nodes and writes a report; see scripts/evaluate.sh.</summary>
internal static class Program
{
    private const int Wrong = 1, Misused = 2, Lacking = 3, Failed = 4, Interrupted = 130;

    private static int Main(string[] arguments)
    {
        EvaluationOptions options;
        try
        {
            switch (arguments)
            {
                case ["-h" or "--help"]:
                    Console.WriteLine(EvaluationOptions.Usage);
                    return 0;
                case ["echo"]:
                    return EchoServer.Run();
                default:
                    options = EvaluationOptions.Parse(arguments, Evaluation.Names);
                    break;
            }
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine($"evaluate: {error.Message}\n{EvaluationOptions.Usage}");
            return Misused;
        }

        if (Evaluation.Missing is { } missing)
        {
            Console.Error.WriteLine($"evaluate: {missing}");
            return Lacking;
        }

        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true; // to end the processes first
            stop.Cancel();
        }

        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var onTermination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            var wrong = new Evaluation(options, what => Console.WriteLine($"  {DateTime.Now:HH:mm:ss} {what}")).Run(stop.Token);
            Console.WriteLine($"report: {Path.Combine(options.Directory, "report.html")}");
            foreach (var what in wrong) Console.Error.WriteLine($"evaluate: WRONG: {what}");
            return wrong.Count > 0 ? Wrong : 0;
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // From a terminal the nodes got the signal too, so whatever failed last says nothing.
            return Interrupted;
        }
        catch (Exception error)
        {
            // Everything was cleaned up on the way here; uncaught, nothing would be.
            Console.Error.WriteLine($"evaluate: the harness itself failed: {error}");
            return Failed;
        }
    }
}
