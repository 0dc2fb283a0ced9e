using System.Diagnostics;

namespace Holdfast.Tests.Process.Functions;

/// <summary>A process that uses all the processor it gets.</summary>
internal sealed class BusyStranger : IDisposable
{
    private readonly System.Diagnostics.Process _process = System.Diagnostics.Process.Start(new ProcessStartInfo("sh", ["-c", "while :; do :; done"]))!;
    private bool _ended;

    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
