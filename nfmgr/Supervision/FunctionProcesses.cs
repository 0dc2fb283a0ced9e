using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>An NF's process could not be started or attached.</summary>
public sealed class FunctionStartException(string message) : Exception(message);

/// <summary>Starts NF processes and notices their death.</summary>
internal sealed class FunctionProcesses : IDisposable
{
    private const int PollMilliseconds = 10;

    private readonly List<FunctionProcess> _watched = [];
    private readonly Thread _thread;
    private volatile bool _stop;

    public FunctionProcesses()
    {
        _thread = new Thread(Watch) { IsBackground = true, Name = "supervisor" };
        _thread.Start();
    }

    /// <summary>Called on the supervisor's thread when a process has ended by itself.</summary>
    public Action<FunctionProcess>? Died { get; set; }

    /// <summary>Where a program is: shipped NFs lie beside nfmgr.</summary>
    public static string ProgramOf(FunctionSection function) => function.IsShipped
        ? Path.Combine(AppContext.BaseDirectory, "functions", function.Program, function.Program)
        : function.Program;

    /// <exception cref="FunctionStartException">The program can't be started.</exception>
    public FunctionProcess Start(FunctionSection function, string controlSocket)
    {
        var program = ProgramOf(function);
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in new[] { "--socket", controlSocket, "--function", function.Name, "--parent", $"{Environment.ProcessId}" })
            start.ArgumentList.Add(argument);
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0"; // a dump would delay the notice of the death
        start.Environment["DOTNET_gcConcurrent"] = "0";
        try
        {
            var process = Spawner.Start(start);
            var pidFd = Libc.PidFdOpen(process.Id);
            if (pidFd < 0)
            {
                process.Kill();
                throw new FunctionStartException($"NF {function.Name}: its process can't be watched (pidfd_open: "
                    + $"{System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}); Linux 5.3 or later is needed");
            }

            var started = new FunctionProcess(function.Name, process, pidFd);
            lock (_watched) _watched.Add(started);
            return started;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new FunctionStartException(
                $"NF {function.Name}: {program} can't be started ({error.Message}); check chain.functions in the configuration");
        }
    }

    /// <summary>Ends processes that were started here, without calling <see cref="Died"/>.</summary>
    public void End(IEnumerable<FunctionProcess> processes)
    {
        foreach (var process in processes)
        {
            lock (_watched) _watched.Remove(process);
            process.Dispose();
        }
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        End([.. _watched]);
    }

    private void Watch()
    {
        while (!_stop)
        {
            FunctionProcess[] watched;
            lock (_watched) watched = [.. _watched];
            foreach (var ended in WaitForEnds(watched))
            {
                bool wasWatched;
                lock (_watched) wasWatched = _watched.Remove(ended); // else it was ended on purpose meanwhile
                if (wasWatched) Died?.Invoke(ended);
            }
        }
    }

    /// <summary>Waits until a process ends, or for a short time, after which there may be others to watch.</summary>
    private static unsafe List<FunctionProcess> WaitForEnds(FunctionProcess[] watched)
    {
        // Safe: as many entries as are passed, on this method's stack for the whole call.
        var fds = stackalloc Libc.PollFd[watched.Length];
        for (var i = 0; i < watched.Length; i++) fds[i] = new Libc.PollFd { Fd = watched[i].PidFd, Events = Libc.POLLIN };
        var timeout = new Libc.TimeSpec { Nanoseconds = PollMilliseconds * 1_000_000L };
        var ended = new List<FunctionProcess>();
        if (Libc.PPoll(fds, (nuint)watched.Length, &timeout, null) <= 0) return ended;
        for (var i = 0; i < watched.Length; i++)
        {
            if ((fds[i].Returned & Libc.POLLIN) != 0) ended.Add(watched[i]);
        }

        return ended;
    }
}
