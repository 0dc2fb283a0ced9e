using Holdfast.Evaluation.Measuring;
using Holdfast.Nfmgr.Control;

namespace Holdfast.Evaluation.Beds;

/// <summary>What a bed did with a load, both directions together.</summary>
/// <param name="Seconds">How long it lasted.</param>
/// <param name="Taken">Packets that went into the chain.</param>
/// <param name="Missed">Packets that were due and did not, because the chain took too few.</param>
/// <param name="Sent">Packets that came out.</param>
/// <param name="Latencies">From when a packet was due until it came out.</param>
internal sealed record Measured(double Seconds, double Taken, double Missed, double Sent, Latencies Latencies)
{
    /// <summary>Million packets a second that came out.</summary>
    public double Mpps => Sent / Seconds / 1e6;

    /// <summary>Of the packets that were due.</summary>
    public double MissedShare => Taken + Missed > 0 ? Missed / (Taken + Missed) : 0;

    public static Measured Of(LoadReport report)
    {
        var (left, right) = (report.Left, report.Right);
        var latencies = new Latencies();
        latencies.Add(left.Latency);
        latencies.Add(right.Latency);
        return new Measured((left.Seconds + right.Seconds) / 2, left.Taken + right.Taken, left.Missed + right.Missed, left.Sent + right.Sent, latencies);
    }
}
