using System.Globalization;

namespace Holdfast.Tests.Unit.Sandboxing;

/// <summary>A real process that has entered the sandbox of NFs.</summary>
internal sealed class SandboxedProcess : IDisposable
{
    private readonly ConnectedProcess _process = ConnectedProcess.Start(SandboxedProgram.Mode);

    public int Id => _process.Id;

    public static SandboxedProcess Entered()
    {
        var process = new SandboxedProcess();
        var answer = process.Ask($"enter {Environment.ProcessId}");
        if (answer == "entered") return process;
        process.Dispose();
        throw new InvalidOperationException(answer);
    }

    public string? Ask(string request)
    {
        _process.Socket.SendLine(request);
        return _process.Socket.ReadLine(ConnectedProcess.Patience);
    }

    /// <summary>A system call by number; its result, or -errno.</summary>
    public long Call(string words) => long.Parse(Ask($"call {words}")!, CultureInfo.InvariantCulture);

    public IEnumerable<string> StatusOfThreads(string name) => Directory.EnumerateDirectories($"/proc/{Id}/task")
        .Select(task => File.ReadLines($"{task}/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..].Trim());

    public int? WaitForExit() => _process.WaitForExit();

    public void Dispose() => _process.Dispose();
}
