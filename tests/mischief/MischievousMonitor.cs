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
    /// <summary>Packets of the warm-up are older.</summary>
    private const long Today = 1_000_000_000_000_000_000;

    /// <summary>Not to come up at all.</summary>
    private const string Refuse = "refuse";

    /// <summary>No packet is to blame.</summary>
    private const string DieOfTicks = "tick";

    private static readonly byte[] Spell = "mischief:"u8.ToArray();

    private readonly Holdfast.Chains.Monitor.Monitor _monitor = new(MonitorSettings.Parse(settings.GetProperty("monitor")));
    private readonly string? _trigger = settings.TryGetProperty("trigger", out var path) ? path.GetString() : null;

    public void Initialise(StateDeclaration state)
    {
        if (Triggered() == Refuse) throw new InvalidOperationException("this build refuses to start");
        // What no monitor does, and the warm-up's old packets don't bring about, must not be compiled in a successor's first batch.
        for (var i = 0; i < 100; i++) _ = Spelled(new byte[256]) ?? Triggered();
        _monitor.Initialise(state);
    }

    public void Process(Batch batch)
    {
        string? act = null;
        var isLive = false;
        foreach (var packet in batch)
        {
            if (packet.Time < Today) continue;
            isLive = true;
            act ??= Spelled(packet.Bytes);
        }

        if (isLive) act ??= Triggered();

        _monitor.Process(batch);
        if (act is not (null or Refuse or DieOfTicks)) Acts.Do(act);
    }

    public void Tick(long time)
    {
        _monitor.Tick(time);
        if (time >= Today && Triggered() is DieOfTicks) Acts.Do("throw");
    }

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
