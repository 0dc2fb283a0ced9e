using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast.Nfmgr.Demo;

/// <param name="Mpps">Highest load, both directions together, with at most 0.1 % of packets refused at the root.</param>
internal sealed record UnprotectedFigures(double Mpps);

/// <param name="Mpps">As for unprotected.</param>
/// <param name="AddedLatencyUs">At half that load, against unprotected.</param>
internal sealed record ProtectedFigures(double Mpps, AddedLatency AddedLatencyUs);

/// <param name="P50">Difference of the medians in microseconds.</param>
/// <param name="P99">Difference of the 99th percentiles in microseconds.</param>
internal sealed record AddedLatency(double P50, double P99);

/// <param name="Ms">From the kill to the first packet that the new primary released; the longest of the kills.</param>
/// <param name="LostPackets">Accepted and never released, although the reference releases them or the state lacks them.</param>
/// <param name="DuplicatePackets">Released twice.</param>
/// <param name="StateMismatches">Things that differ between the standby's state and the reference's.</param>
internal sealed record TakeoverFigures(double Ms, long LostPackets, long DuplicatePackets, long StateMismatches);

/// <param name="Ms">From the killed node's start until it may take over; the longest of the kills.</param>
internal sealed record RejoinFigures(double Ms);

/// <param name="Checked">Things that the judge compared.</param>
/// <param name="Violations">Those that were wrong.</param>
internal sealed record InvariantFigures(long Checked, long Violations);

/// <param name="Packets">Accepted packets that the judge replayed.</param>
/// <param name="FlowsCompleted">Recorded connections that ran to their end.</param>
/// <param name="FlowsBroken">Recorded connections that did not.</param>
/// <param name="MappingsChanged">Connections whose outside address or port changed.</param>
/// <param name="LongestGapMs">Longest time without a packet at the far end.</param>
internal sealed record TrafficFigures(long Packets, long FlowsCompleted, long FlowsBroken, long MappingsChanged, double LongestGapMs);

/// <summary>What the demo found; <c>--json</c> prints it as it is.</summary>
internal sealed record DemoReport(UnprotectedFigures? Unprotected, ProtectedFigures? Protected, TakeoverFigures Takeover,
    RejoinFigures Rejoin, TrafficFigures Traffic, InvariantFigures Invariants, IReadOnlyList<string> FirstViolations)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public bool Passed => Invariants.Violations == 0 && Traffic.MappingsChanged == 0 && Traffic.FlowsBroken == 0;

    public string ToJson() => JsonSerializer.Serialize(this, Options);

    public string ToText()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"");
        if (Unprotected is { } without && Protected is { } with)
        {
            Line($"  Load                unprotected {without.Mpps:0.00} Mpps, protected {with.Mpps:0.00} Mpps ({with.Mpps / without.Mpps:0%})");
            Line($"  Added latency       {with.AddedLatencyUs.P50:0} µs at the median, {with.AddedLatencyUs.P99:0} µs at the 99th percentile");
        }

        Line($"  Takeover            {Takeover.Ms:0.0} ms from the kill to the first packet of the new primary");
        Line($"  Lost packets        {Takeover.LostPackets} that were inside the dead node (like a drop on the wire; connections repair it)");
        Line($"  Connections         {Traffic.FlowsCompleted} recorded ones ran to their end, {Traffic.FlowsBroken} broke, {Traffic.MappingsChanged} changed their NAT mapping");
        Line($"  Longest silence     {Traffic.LongestGapMs:0.0} ms at the far end");
        Line($"  Rejoin              {Rejoin.Ms:0} ms from the start of the killed node until it may take over");
        Line($"  Judged              {Traffic.Packets} packets against a run without failures: {Invariants.Checked} checks, {Invariants.Violations} violations");
        Line($"                      {Takeover.DuplicatePackets} duplicates, {Takeover.StateMismatches} differences in the state of the NFs");
        foreach (var violation in FirstViolations) Line($"    ! {violation}");
        Line($"");
        Line($"  {(Passed ? "Connections survived, nothing was sent twice, no state was lost." : "FAILED: see above.")}");
        return text.ToString();
    }
}
