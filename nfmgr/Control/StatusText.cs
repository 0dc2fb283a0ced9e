using System.Globalization;
using System.Text;

namespace Holdfast.Nfmgr.Control;

/// <summary>A status report as a person reads it.</summary>
internal static class StatusText
{
    public static string Of(StatusReport status)
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");

        Line("node", $"{status.Node} (process {status.ProcessId}), chain {status.Chain}");
        Line("role", $"{status.Role}: {status.Summary}");
        Line("term", $"{status.Term}, life {status.Incarnation}{(status.StateWasLost ? "; the chain's newest state was LOST before it" : "")}");
        Line("peer", $"{status.Peer.Name} at {status.Peer.Address}: {(status.Peer.Connected ? $"connected, {status.Peer.Role}" : "not connected")}");
        if (status.ArbiterConnected is { } connected) Line("arbiter", connected ? "connected" : "NOT connected: nobody can take over or go on alone");
        if (status.OnSilence == "prefer-availability") Line("policy", "prefers availability: two nodes that can't hear each other BOTH rule");
        if (status.HasFrozenState) Line("frozen", "has the state of when it was succeeded, in case the newer one is lost");
        var c = status.Checkpoints;
        Line("checkpoints", $"closed {c.Closed}, complete {c.Completed}, prepared {c.Prepared}, committed {c.Committed}; {c.Latched} packets in the latch");
        foreach (var (name, port) in new[] { ("left port", status.Left), ("right port", status.Right) })
        {
            Line(name, Port(port));
            if (port.Interface?.Remedy is { } remedy) Line("", $"REMEDY: {remedy}");
        }

        var b = status.Buffers;
        Line("buffers", $"{b.Free} of {b.Total} free, {b.ChainLeftToRight} + {b.ChainRightToLeft} in the chain, {b.Latch} in the latch, {b.Ports} with the ports"
                        + (b.HugePages ? ", on huge pages" : ""));
        foreach (var f in status.Functions) Function(f, Line);

        foreach (var what in status.Events.TakeLast(8)) Line("event", what);
        return text.ToString().TrimEnd();
    }

    /// <summary>An arbiter's.</summary>
    public static string Of(ArbiterReport report)
    {
        var text = new StringBuilder();
        void Line(string name, string value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n");

        Line("arbiter", report.Node);
        Line("term", report.Holder is null ? "none was granted yet" : $"{report.Term}: node {report.Holder} rules, in life {report.HolderLife}");
        Line("heir", report.Heir is null ? "none: nobody may take over" : $"node {report.Heir} in life {report.HeirLife} may take over");
        Line("connected", report.Connected.Count == 0 ? "none" : string.Join(", ", report.Connected));
        foreach (var what in report.Events.TakeLast(8)) Line("event", what);
        return text.ToString().TrimEnd();
    }

    /// <summary>The NFs alone, as `nfmgr nf list` prints them.</summary>
    public static string OfFunctions(StatusReport status)
    {
        var text = new StringBuilder();
        foreach (var f in status.Functions) Function(f, (name, value) => text.Append(CultureInfo.InvariantCulture, $"{name,-12} {value}\n"));
        return text.ToString().TrimEnd();
    }

    private static void Function(FunctionStatus f, Action<string, string> line)
    {
        var twin = f.TwinProcessId == 0 ? "" : $", twin {f.TwinProcessId}";
        line($"NF {f.Name}", f.ProcessId == 0 ? $"{f.State}{twin}" : $"{f.State}: process {f.ProcessId} (generation {f.Generation}){twin}");
        if (f.StoppedBecause is { } why) line("", $"STOPPED because {why}; when that is mended, say `nfmgr nf restart {f.Name}`");
        var drops = f.Dropped.Count == 0 ? "none" : string.Join(", ", f.Dropped.Select(d => $"{d.Key} {d.Value}"));
        line("", $"{f.LeftToRight} → {f.RightToLeft} ← packets, dropped: {drops}; "
                 + $"{f.Captures} captures of {(f.Captures == 0 ? 0 : (double)f.CapturedLines / f.Captures):0.0} lines");
        line("", $"{f.Restarts} restarts, {f.PoisonedPackets} packets killed it ({f.Quarantined} in quarantine), {f.Stalls} stalls"
                 + (f.LastDeath is { } d ? $"; last death at {d.At:yyyy-MM-ddTHH:mm:ss.fffZ}: process {d.ProcessId} {d.Cause}" : ""));
    }

    private static string Port(PortStatus port) =>
        (port.Interface is { } i ? $"{i.Name} is {i.State} (mode {i.Mode}): " : $"{port.Type}: ")
        + $"{port.Accepted} in ({port.Received} received, {port.Refused} refused{Reasons(port.Interface?.RefusedByReason)}, "
        + $"{port.DroppedByKernel} lost before), {port.Sent} sent, "
        + $"{port.SendErrors} not sent{Reasons(port.Interface?.SendErrorsByReason)}"
        + (port.Interface is null ? "" : $"; {port.Stations} stations behind it");

    private static string Reasons(IReadOnlyDictionary<string, ulong>? counts) =>
        counts is null or { Count: 0 } ? "" : $" [{string.Join(", ", counts.Select(c => $"{c.Key} {c.Value}"))}]";
}
