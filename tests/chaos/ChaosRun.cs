using System.Diagnostics;
using Holdfast.Chaos.Reporting;
using Holdfast.Chaos.Sessions;

namespace Holdfast.Chaos;

/// <summary>Sessions in turn, judged and live, until the time is over.</summary>
internal sealed class ChaosRun(ChaosOptions options, ChaosReport report, CancellationToken stop)
{
    public void Run()
    {
        var directory = options.KeepLogs is { } kept ? Directory.CreateDirectory(kept).FullName
            : Directory.CreateTempSubdirectory("holdfast-chaos-").FullName;
        try
        {
            var clock = Stopwatch.StartNew();
            bool GoesOn() => clock.Elapsed.TotalMinutes < options.Minutes;
            if (options.OnlySession is { } only) new Session(only, options, report, stop).Run(directory, GoesOn);
            else
            {
                for (var number = 0; GoesOn(); number++) new Session(number, options, report, stop).Run(directory, GoesOn);
            }
        }
        finally
        {
            if (report.Violations.Count > 0 || options.KeepLogs is not null) report.Logs = directory;
            else Directory.Delete(directory, recursive: true);
        }
    }
}
