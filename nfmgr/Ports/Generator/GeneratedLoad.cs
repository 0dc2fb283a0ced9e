using Holdfast.NfLib.Measuring;
using Holdfast.Nfmgr.Control;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports.Generator;

/// <summary>Changes what a node's generator ports do, and tells what came of the load until then.</summary>
internal static class GeneratedLoad
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static ControlAnswer Change(IReadOnlyList<IPort> ports, long leftRate, long rightRate)
    {
        if (ports is not [GeneratorPort left, GeneratorPort right])
            return new ControlAnswer("a load can be set where both ports are of type 'generator'; see `nfmgr init --example`");
        if (leftRate is < 0 or > GeneratorPort.MaxRate || rightRate is < 0 or > GeneratorPort.MaxRate)
            return new ControlAnswer($"rates of {leftRate} and {rightRate}: give 0 to {GeneratorPort.MaxRate} frames a second");
        try
        {
            // The right one first: what it measures comes from the left.
            var there = right.Measure(rightRate, Patience);
            return new ControlAnswer(Load: new LoadReport(Of(left.Measure(leftRate, Patience)), Of(there)));
        }
        catch (TimeoutException error)
        {
            return new ControlAnswer(error.Message);
        }
    }

    private static LoadOfPort Of(Measurement ended) => new(ended.Rate, ended.Nanoseconds / 1e9, ended.Taken, ended.Missed, ended.Sent, Of(ended.Latencies));

    private static LatencyReport Of(LatencyHistogram latencies) => new(latencies.Count, latencies.Percentile(0.5), latencies.Percentile(0.9),
        latencies.Percentile(0.99), latencies.Percentile(0.999), latencies.Max, [.. latencies.Buckets.Select(bucket => (long[])[bucket.UpTo, bucket.Count])]);
}
