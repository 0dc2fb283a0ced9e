using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// Starts all child processes from one thread that lives as long as this process, because the kernel sends a child its
/// parent-death signal when the forking <em>thread</em> ends.
/// </summary>
internal static class Spawner
{
    private static readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Done)> Requests = [];

    static Spawner() => new Thread(Run) { IsBackground = true, Name = "spawner" }.Start();

    /// <exception cref="System.ComponentModel.Win32Exception">The program can't be started.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        // Children run on this process's runtime, also where that is not installed system-wide.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var done = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add((start, done));
        return done.Task.GetAwaiter().GetResult();
    }

    private static void Run()
    {
        foreach (var (start, done) in Requests.GetConsumingEnumerable())
        {
            try
            {
                done.SetResult(Process.Start(start)!);
            }
            catch (System.ComponentModel.Win32Exception error)
            {
                done.SetException(error);
            }
        }
    }
}
