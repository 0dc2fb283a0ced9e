using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Host.Sandboxing;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>
/// Starts child processes from a thread that lives as long as this process, because the kernel sends a child its
/// parent-death signal when the forking <em>thread</em> ends. NFs have a thread of their own, which has given up what NFs
/// must not inherit.
/// </summary>
internal sealed class Spawner
{
    private static readonly Spawner Programs = new("spawner", static () => { });
    private static readonly Spawner Functions = new("nf-spawner", Privileges.LimitChildren);

    private readonly BlockingCollection<(ProcessStartInfo Start, TaskCompletionSource<Process> Done)> _requests = [];

    private Spawner(string name, Action prepare)
    {
        var thread = new Thread(() =>
        {
            prepare();
            Run();
        });
        thread.IsBackground = true;
        thread.Name = name;
        thread.Start();
    }

    /// <summary>Starts a program with this process's rights.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program can't be started.</exception>
    public static Process Start(ProcessStartInfo start) => Programs.Request(start);

    /// <summary>Starts an NF, which inherits no capability but those to become another user.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The program can't be started.</exception>
    public static Process StartFunction(ProcessStartInfo start) => Functions.Request(start);

    private Process Request(ProcessStartInfo start)
    {
        // Children run on this process's runtime, also where that is not installed system-wide.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        var done = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add((start, done));
        return done.Task.GetAwaiter().GetResult();
    }

    private static void KeepDescriptorsFromChildren()
    {
        if (Libc.CloseRange(3, uint.MaxValue, Libc.CLOSE_RANGE_CLOEXEC) == 0) return;
        foreach (var file in Directory.GetFiles("/proc/self/fd")) // a kernel before 5.11
        {
            if (int.TryParse(Path.GetFileName(file), out var descriptor) && descriptor > 2) _ = Libc.Fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC);
        }
    }

    private void Run()
    {
        foreach (var (start, done) in _requests.GetConsumingEnumerable())
        {
            try
            {
                // .NET's own descriptors close in a child; those of DPDK's drivers would not, and lead to a network card's memory.
                KeepDescriptorsFromChildren();
                done.SetResult(Process.Start(start)!);
            }
            catch (System.ComponentModel.Win32Exception error)
            {
                done.SetException(error);
            }
        }
    }
}
