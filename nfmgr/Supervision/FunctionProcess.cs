using System.Diagnostics;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>An NF's process as nfmgr started it.</summary>
internal sealed class FunctionProcess(string function, Process process, int pidFd) : IDisposable
{
    public string Function => function;

    public int ProcessId { get; } = process.Id;

    /// <summary>Polls readable once the process has ended.</summary>
    public int PidFd => pidFd;

    /// <summary>The control connection, once it is attached.</summary>
    public FdSocket? Socket { get; set; }

    /// <summary>Completes when it has declared its state (null), can't do so, or has died before (why).</summary>
    public TaskCompletionSource<string?> Attached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How it ended, in words.</summary>
    public string Cause()
    {
        process.WaitForExit();
        var code = process.ExitCode;
        return code > 128 ? $"killed by signal {code - 128}" : $"exit code {code}";
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
        Socket?.Dispose();
        _ = Libc.Close(pidFd);
    }
}
