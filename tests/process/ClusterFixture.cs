using System.Reflection;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>Makes a cluster of real processes per test, in a directory that is left behind only when the test fails.</summary>
public abstract class ClusterFixture
{
    protected const double Rate = 10_000, CaptureRounds = 2;
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<IDisposable> _owned = [];
    private string _directory = "";

    internal static string Programs { get; } = typeof(ClusterFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "ProgramDirectory").Value!;

    protected static string Capture => Path.Combine(Programs, "demo", "mixed.pcap");

    protected string DirectoryOfTest => _directory;

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("holdfast-test-").FullName;

    [TearDown]
    public void CleanUp()
    {
        foreach (var one in Enumerable.Reverse(_owned)) one.Dispose();
        _owned.Clear();
        if (TestContext.CurrentContext.Result.Outcome.Status != NUnit.Framework.Interfaces.TestStatus.Failed)
        {
            Directory.Delete(_directory, recursive: true);
            return;
        }

        foreach (var log in Directory.GetFiles(_directory, "*.log", SearchOption.AllDirectories))
            TestContext.Out.WriteLine($"---- {log}\n{string.Join('\n', File.ReadLines(log).TakeLast(60))}");
        TestContext.Out.WriteLine($"left behind: {_directory}");
    }

    private protected DemoCluster MakeCluster(int seed = 1, (int, int)? ports = null, (int, int)? proxied = null) =>
        Own(new DemoCluster(Path.Combine(_directory, "cluster"), Programs, Capture, seed, ports, proxied));

    protected T Own<T>(T one) where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }

    /// <summary>The whole judgement: nothing wrong released, no state different, no connection broken or renumbered.</summary>
    protected static void AssertGood((JsonObject Traffic, JsonObject Verdict) run)
    {
        TestContext.Out.WriteLine($"traffic {run.Traffic.ToJsonString()}\nverdict {run.Verdict.ToJsonString()}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((long)run.Verdict["violations"]!, Is.Zero, run.Verdict["first"]!.ToJsonString());
            Assert.That((long)run.Verdict["stateLost"]!, Is.Zero, "the chain's state was lost");
            Assert.That((long)run.Verdict["inputs"]!, Is.GreaterThan(1_000), "hardly any traffic was judged");
            Assert.That((long)run.Traffic["mappingChanged"]!, Is.Zero, "a connection's NAT mapping changed");
            Assert.That((long)run.Traffic["flowsBroken"]!, Is.Zero, "a recorded connection broke");
            Assert.That((long)run.Traffic["flowsCompleted"]!, Is.GreaterThan(10), "hardly any recorded connection ran");
        }
    }

    private protected static void WaitForFirstOut(DemoCluster cluster, DemoNode node) =>
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "firstOut") && (string?)e["node"] == node.Name, Patience, $"a packet from {node.Name}");
}
