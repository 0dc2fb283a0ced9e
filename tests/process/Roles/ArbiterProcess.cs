using System.Diagnostics;
using Holdfast.Nfmgr.Supervision;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>A real <c>nfmgr arbiter</c>.</summary>
internal sealed class ArbiterProcess : IDisposable
{
    private readonly string _nfmgr, _directory, _config;
    private System.Diagnostics.Process? _process;

    public ArbiterProcess(string programs, string directory, int port)
    {
        _nfmgr = Path.Combine(programs, "nfmgr");
        _directory = directory;
        _config = Path.Combine(directory, "arbiter.json");
        File.WriteAllText(_config, $$"""
            {
              "node": { "name": "c", "stateDirectory": "state-c", "runtimeDirectory": "run-c" },
              "listen": "127.0.0.1:{{port}}",
              "nodes": ["a", "b"]
            }
            """);
    }

    public void Start()
    {
        _process?.Dispose();
        _process = Spawner.Start(Command("arbiter", "run", "--config", _config, "--die-with-parent"));
        _ = Drain(_process.StandardOutput);
        _ = Drain(_process.StandardError);
        WaitFor("");
    }

    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
    }

    public void LoseDisk() => Directory.Delete(Path.Combine(_directory, "state-c"), recursive: true);

    /// <summary>What <c>nfmgr arbiter status</c> says; its complaint while the arbiter does not run.</summary>
    public string Status()
    {
        using var process = Spawner.Start(Command("arbiter", "status", "--config", _config));
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : process.StandardError.ReadToEnd();
    }

    public void WaitFor(string text)
    {
        var said = "";
        Assert.That(() => (said = Status()).Contains(text, StringComparison.Ordinal) && _process is { HasExited: false },
            Is.True.After(30_000, 20), () => $"the arbiter does not say '{text}', but: {said}");
    }

    public void Dispose()
    {
        if (_process is null) return;
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private async Task Drain(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line) await File.AppendAllTextAsync(Path.Combine(_directory, "arbiter.log"), line + "\n");
    }

    private ProcessStartInfo Command(params string[] arguments) => new(_nfmgr, arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };
}
