using System.Diagnostics;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Supervision;

/// <summary>An NF's process as nfmgr started it.</summary>
/// <param name="function">The NF's name in the chain.</param>
/// <param name="generation">Counts the NF's processes in this life, from 1.</param>
/// <param name="isBypass">It runs the bypass program in the place of the NF.</param>
/// <param name="process">The process.</param>
/// <param name="pidFd">Its pidfd; closed with this object.</param>
internal sealed class FunctionProcess(string function, uint generation, bool isBypass, Process process, int pidFd) : IDisposable
{
    private const int SIGKILL = 9;

    private readonly TaskCompletionSource<NfReady> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Function => function;

    public uint Generation => generation;

    public bool IsBypass => isBypass;

    public int ProcessId { get; } = process.Id;

    /// <summary>CLOCK_MONOTONIC, in nanoseconds.</summary>
    public long StartedAt { get; } = Stopwatch.GetTimestamp();

    /// <summary>Polls readable once the process has ended.</summary>
    public int PidFd => pidFd;

    /// <summary>The control connection, once it is attached.</summary>
    public FdSocket? Socket { get; set; }

    /// <summary>Completes when it is warm and waits for its turn, can't do so, or has died before.</summary>
    public Task<NfReady> Ready => _ready.Task;

    public bool IsReady => _ready.Task is { IsCompletedSuccessfully: true, Result.Error: null };

    /// <summary>Its end is wanted, so it is no news and nothing follows from it.</summary>
    public bool EndIsWanted { get; set; }

    /// <summary>When its control connection was seen to end, in monotonic nanoseconds; 0 while it has not.</summary>
    public long SocketEndedAt { get; set; }

    /// <summary>Since when another process owns the NF that this one owned; 0 while none does.</summary>
    public long SucceededAt { get; set; }

    /// <summary>Why nfmgr killed it; null while it has not.</summary>
    public string? KilledBecause { get; private set; }

    public void IsReadyWith(NfReady ready) => _ready.TrySetResult(ready);

    /// <summary>Ends it; the first reason counts.</summary>
    public void Kill(string why)
    {
        KilledBecause ??= why;
        if (!process.HasExited) process.Kill();
    }

    /// <summary>How it ended, in words. Waits for the end.</summary>
    public string Cause()
    {
        process.WaitForExit();
        var code = process.ExitCode;
        // It may have ended by itself just before.
        if (KilledBecause is { } why && code == 128 + SIGKILL) return $"killed by nfmgr: it {why}";
        return code > 128 ? $"killed by signal {code - 128}{Name(code - 128)}" : $"exit code {code}";
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        process.Dispose();
        Socket?.Dispose();
        _ = Libc.Close(pidFd);
    }

    private static string Name(int signal) =>
        Enum.GetName((Mono.Unix.Native.Signum)signal) is { } name ? $" ({name})" : "";
}
