using System.Diagnostics;

namespace Holdfast.Chaos.Faults;

/// <summary>A process that uses all the processor it gets, for as long as whoever started it lives.</summary>
internal sealed class BusyStranger : IDisposable
{
    private readonly Process _process = Process.Start(new ProcessStartInfo("sh", ["-c", "while kill -0 $PPID; do i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done; done"]))!;
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
