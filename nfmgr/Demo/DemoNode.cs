using System.Diagnostics;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Supervision;

namespace Holdfast.Nfmgr.Demo;

/// <summary>A node of a demo cluster: a real nfmgr process with its own configuration and directories.</summary>
internal sealed class DemoNode(string name, string nfmgr, string directory, string configFile) : IDisposable
{
    private Process? _process;

    public string Name => name;

    public string ConfigFile => configFile;

    public string LogFile { get; } = Path.Combine(directory, $"{name}.log");

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException($"node {name} does not run");

    public bool IsRunning => _process is { HasExited: false };

    private string ControlSocket => Path.Combine(directory, "run", $"{name}.sock");

    /// <summary>Makes the state directory.</summary>
    public void Initialise()
    {
        using var process = Spawner.Start(Command("init", "--config", configFile, "--peer-never-ran"));
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new DemoException($"nfmgr init of node {name} failed: {output}");
    }

    public void Start()
    {
        _process?.Dispose();
        _process = Spawner.Start(Command("run", "--config", configFile, "--die-with-parent"));
        Append(_process.StandardOutput);
        Append(_process.StandardError);
    }

    /// <summary>SIGKILL; the NFs die with it by the kernel's hand.</summary>
    /// <returns>The wall-clock time of the kill, in nanoseconds since the Unix epoch.</returns>
    public long Kill()
    {
        var time = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        _process!.Kill();
        _process.WaitForExit();
        return time;
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public void Stop()
    {
        if (!IsRunning) return;
        Signal(Mono.Unix.Native.Signum.SIGTERM);
        // A bound for one that hangs; on a machine with thirty busy threads on two cores ten seconds were not enough.
        if (!_process!.WaitForExit(45_000)) throw new DemoException($"node {name} does not stop on SIGTERM; its log is {LogFile}");
    }

    public void Signal(Mono.Unix.Native.Signum signal) => _ = Mono.Unix.Native.Syscall.kill(ProcessId, signal);

    /// <summary>The node's status, or null while it does not answer.</summary>
    public StatusReport? Status()
    {
        try
        {
            return ControlClient.Ask(ControlSocket, new ControlRequest("status")).Status;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public ControlAnswer Ask(ControlRequest request) => ControlClient.Ask(ControlSocket, request);

    /// <summary>Waits until the node's status is as wanted.</summary>
    public StatusReport WaitFor(string what, Func<StatusReport, bool> wanted, TimeSpan? patience = null)
    {
        var deadline = Environment.TickCount64 + (long)(patience ?? TimeSpan.FromSeconds(30)).TotalMilliseconds;
        StatusReport? last = null;
        while (Environment.TickCount64 < deadline)
        {
            if (_process is { HasExited: true })
                throw new DemoException($"node {name} ended with exit code {_process.ExitCode} while waiting until it {what}:\n{LogTail()}");
            last = Status();
            if (last is not null && wanted(last)) return last;
            Thread.Sleep(2);
        }

        throw new DemoException($"node {name} did not get there in time: {what}. It says: {last?.Summary ?? "nothing"}\n{LogTail()}");
    }

    public string LogTail()
    {
        lock (this) return File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(20)) : "(no log)";
    }

    public void Dispose()
    {
        if (_process is null) return;
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private ProcessStartInfo Command(params string[] arguments) => new(nfmgr, arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private void Append(StreamReader from) => new Thread(() =>
    {
        while (from.ReadLine() is { } line)
        {
            lock (this) File.AppendAllText(LogFile, line + "\n");
        }
    })
    { IsBackground = true }.Start();
}

/// <summary>The demo can't go on.</summary>
internal sealed class DemoException(string message) : Exception(message);
