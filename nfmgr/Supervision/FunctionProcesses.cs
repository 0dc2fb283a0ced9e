using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>An NF's process could not be started or attached.</summary>
public sealed class FunctionStartException(string message) : Exception(message);

/// <summary>
/// Starts NF processes and notices their death. All are started by one thread that lives as long as nfmgr, because the
/// kernel sends a child its parent-death signal when the forking <em>thread</em> ends.
/// </summary>
internal sealed class FunctionProcesses : IDisposable
{
    private const int PollMilliseconds = 10;

    private readonly BlockingCollection<Action> _requests = [];
    private readonly List<FunctionProcess> _watched = [];
    private readonly Thread _thread;

    public FunctionProcesses()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "supervisor" };
        _thread.Start();
    }

    /// <summary>Called on the supervisor's thread when a process has ended by itself.</summary>
    public Action<FunctionProcess>? Died { get; set; }

    /// <summary>Where a program is: shipped NFs lie beside nfmgr.</summary>
    public static string ProgramOf(FunctionSection function) => function.IsShipped
        ? Path.Combine(AppContext.BaseDirectory, "functions", function.Program, function.Program)
        : function.Program;

    /// <exception cref="FunctionStartException">The program can't be started.</exception>
    public FunctionProcess Start(FunctionSection function, string controlSocket) => OnThread(() =>
    {
        var program = ProgramOf(function);
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in new[] { "--socket", controlSocket, "--function", function.Name, "--parent", $"{Environment.ProcessId}" })
            start.ArgumentList.Add(argument);
        // NFs run on the runtime that nfmgr runs on, also where it is not installed system-wide; no dumps of the pool.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        try
        {
            var process = Process.Start(start)!;
            var started = new FunctionProcess(function.Name, process, Libc.PidFdOpen(process.Id));
            _watched.Add(started);
            return started;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FunctionStartException(
                $"NF {function.Name}: {program} can't be started ({error.Message}); check chain.functions in the configuration");
        }
    });

    /// <summary>Ends processes that were started here, without calling <see cref="Died"/>.</summary>
    public void End(IEnumerable<FunctionProcess> processes) => OnThread(() =>
    {
        foreach (var process in processes)
        {
            _watched.Remove(process);
            process.Dispose();
        }

        return true;
    });

    public void Dispose()
    {
        End([.. _watched]);
        _requests.CompleteAdding();
        _thread.Join();
        _requests.Dispose();
    }

    private T OnThread<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (FunctionStartException error)
            {
                done.SetException(error);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private void Run()
    {
        while (!_requests.IsCompleted)
        {
            if (_requests.TryTake(out var request, PollMilliseconds)) request();
            for (var i = _watched.Count - 1; i >= 0; i--)
            {
                if (!HasEnded(_watched[i].PidFd)) continue;
                var ended = _watched[i];
                _watched.RemoveAt(i);
                Died?.Invoke(ended);
            }
        }
    }

    private static unsafe bool HasEnded(int pidFd)
    {
        var fd = new Libc.PollFd { Fd = pidFd, Events = Libc.POLLIN };
        var now = new Libc.TimeSpec();
        return Libc.PPoll(&fd, 1, &now, null) > 0; // safe: both are locals that outlive the call
    }
}
