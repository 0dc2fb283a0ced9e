using System.Text;
using System.Text.Json;
using Holdfast.Chains.Monitor;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Mischief;

/// <summary>
/// The monitor, until the trigger file says "ACT PID" with this process's id or "ACT *", or a packet says
/// "mischief:ACT;" in its payload: then it misbehaves at the end of that batch, with everything done and nothing committed.
/// </summary>
/// <param name="settings"><c>monitor</c>: the monitor's own; <c>trigger</c>: the file's path, if any.</param>
internal sealed class MischievousMonitor(JsonElement settings) : INetworkFunction
{
    private static readonly byte[] Spell = "mischief:"u8.ToArray();

    private readonly Holdfast.Chains.Monitor.Monitor _monitor = new(MonitorSettings.Parse(settings.GetProperty("monitor")));
    private readonly string? _trigger = settings.TryGetProperty("trigger", out var path) ? path.GetString() : null;

    public void Initialise(StateDeclaration state) => _monitor.Initialise(state);

    public void Process(Batch batch)
    {
        var act = Triggered();
        foreach (var packet in batch) act ??= Spelled(packet.Bytes);
        _monitor.Process(batch);
        if (act is not null) Acts.Do(act);
    }

    public void Tick(long time) => _monitor.Tick(time);

    private static string? Spelled(ReadOnlySpan<byte> frame)
    {
        var at = frame.IndexOf(Spell);
        if (at < 0) return null;
        var rest = frame[(at + Spell.Length)..];
        return rest.IndexOf((byte)';') is > 0 and var end ? Encoding.ASCII.GetString(rest[..end]) : null;
    }

    private string? Triggered()
    {
        if (_trigger is null || !File.Exists(_trigger)) return null;
        return File.ReadAllText(_trigger).Split(' ') is [var act, var whom] && (whom == "*" || whom == $"{Environment.ProcessId}") ? act : null;
    }
}
