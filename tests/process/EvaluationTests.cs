using System.Text.Json.Nodes;
using Holdfast.Chaos.Networks;
using Holdfast.Evaluation.Peers;
using Holdfast.Tests.Unit.Architecture;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>
/// A quick evaluation, whose report stays in artifacts/evaluation. It fails on results that are wrong, never on time. Quick
/// machines run all of it by HOLDFAST_EVALUATE (such as "--quick").
/// </summary>
public sealed class EvaluationTests
{
    private const int Lacking = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(9);

    // What fits some three minutes; cost and waiting are left to who asks for them.
    private static readonly string Arguments = Environment.GetEnvironmentVariable("HOLDFAST_EVALUATE")
                                               ?? "--quick --kills 5 --only throughput,stateSize,latency,nfFailover,takeover,parts,compilation,dpdk,ports";

    private static readonly string[] Protections = ["unprotected", "batchCommit", "twins", "standbyNode"];

    private static readonly string[] Parts =
    [
        "scan", "capture1KiB", "capture4KiB", "capture64KiB", "copy4KiB", "journalLine", "journalHeader", "ringHop", "barrier",
        "encode1KiB", "encode64KiB", "decode1KiB", "decode64KiB", "apply1KiB", "apply64KiB",
    ];

    /// <summary>Of a takeover, in this order.</summary>
    private static readonly string[] Steps = ["detected", "decided", "persisted", "stateReady", "ruling", "released"];

    private static IEnumerable<string> Keys =>
    [
        .. from chain in new[] { "chain3", "chain3Map" } from protection in Protections from figure in new[] { "mpps", "mppsLow", "mppsHigh", "mppsAll" }
           select $"throughput.{chain}.{protection}.{figure}",
        .. from chain in new[] { "chain3", "chain3Map" }
           from ratio in new[] { "batchCommitOverUnprotected", "twinsOverUnprotected", "standbyNodeOverBatchCommit" } from end in new[] { "", "Low", "High" }
           select $"throughput.{chain}.ratios.{ratio}{end}",
        .. from bytes in new[] { 8, 65_536 } from figure in new[] { "mpps", "ratio", "wireBytesPerChangedByte" } select $"stateSize.{bytes}.{figure}",
        .. from protection in new[] { "unprotected", "twins", "standbyNode" } from figure in new[] { "p50Us", "p99Us", "p999Us" } select $"latency.{protection}.{figure}",
        "latency.bareRoundTripUs", "latency.machine.p999Us", "latency.twins.addedUs", "latency.standbyNode.addedOverBareRoundTrip",
        "nfFailover.p50Us", "nfFailover.p99Us", "takeover.p50Ms", "takeover.p99Ms",
        .. from step in Steps select $"takeover.{step}P50Ms",
        .. from part in Parts from figure in new[] { "ns", "cycles" } select $"parts.{part}.{figure}",
    ];

    /// <summary>Only where DPDK's development files were when the reference was to be built.</summary>
    private static IEnumerable<string> KeysOfReference => File.Exists(Path.Combine(SourceTree.Root, "artifacts", "reference", "reference"))
        ? ["reference.chain3.mpps", "reference.chain3Map.mpps", "throughput.chain3.ratios.unprotectedOverReference", "throughput.chain3Map.ratios.unprotectedOverReference"] : [];

    /// <summary>Only where an NF could be compiled ahead of time.</summary>
    private static IEnumerable<string> KeysOfCompilation => File.Exists(Path.Combine(SourceTree.Root, "artifacts", "ahead-of-time", "forwarder", "forwarder"))
        ? from when in new[] { "runTime", "aheadOfTime" } from figure in new[] { "mpps", "p999Us", "startMs", "ownerUs", "twinAgainMs", "residentMiB", "programMiB" }
          select $"compilation.{when}.{figure}" : [];

    /// <summary>Only where dpdk ports were built, and for root on veth pairs.</summary>
    private static IEnumerable<string> KeysOfDpdk => File.Exists(Path.Combine(AppContext.BaseDirectory, "libholdfast-dpdk.so"))
        ? [.. from chain in new[] { "testpmd", "nfs0", "nfs1", "nfs3" } select $"dpdk.{chain}.mpps",
            .. from burst in new[] { 1, 8, 32 } select $"dpdk.crossing.call{burst}.nsPerBurst",
            .. from port in new[] { "packet", "xdp", "dpdk" } where NetworkNamespace.Missing() is null from figure in new[] { "kpps60", "kpps1514", "p50Us" } select $"ports.{port}.{figure}"]
        : [];

    [Test]
    public void A_quick_evaluation_has_every_figure_and_nothing_wrong()
    {
        var directory = Path.Combine(SourceTree.Root, "artifacts", "evaluation");
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        var (exitCode, output) = Evaluate(directory);
        if (exitCode == Lacking) Assert.Ignore(output);
        TestContext.Out.WriteLine(output);
        Assert.That(exitCode, Is.Zero, output);

        var results = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "results.json")))!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Keys.Concat(KeysOfReference).Concat(KeysOfCompilation).Concat(KeysOfDpdk).Where(key => At(results, key) is null), Is.Empty, "keys that results.json lacks");
            Assert.That(results["violations"]!.AsArray(), Is.Empty);
            Assert.That(Steps.Select(step => (double?)At(results, $"takeover.{step}P50Ms")), Is.Ordered);
            Assert.That((string)results["machine"]!["commit"]!, Is.Not.Empty);
        }

        var report = File.ReadAllText(Path.Combine(directory, "report.html"));
        var (figures, pictures) = (report.Split("<figure>").Length - 1, report.Split("<svg ").Length - 1);
        Assert.That(figures, Is.GreaterThanOrEqualTo(7));
        Assert.That(pictures, Is.EqualTo(figures), "plots that are missing");
        Assert.That(Directory.GetFiles(directory, "*.csv"), Has.Length.GreaterThanOrEqualTo(6));
    }

    private static JsonNode? At(JsonNode results, string path) => path.Split('.').Aggregate((JsonNode?)results, (at, key) => at?[key]);

    private static (int ExitCode, string Output) Evaluate(string directory)
    {
        var configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(ClusterFixture.Programs));
        var program = Path.Combine(SourceTree.Root, "artifacts", "bin", "evaluation", configuration, "evaluate");
        using var process = Tool.Start(program, [.. Arguments.Split(' '), "--out", directory]);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            // What it started ends with it.
            process.Kill();
            process.WaitForExit();
        }

        return (process.ExitCode, $"{output.Result}\n{errors.Result}");
    }
}
