using System.Reflection;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Functions;

/// <summary>A cluster under traffic whose NFs come to grief, one of which misbehaves on demand.</summary>
public abstract class FunctionFixture : ClusterFixture
{
    private static readonly string MischiefProgram = typeof(FunctionFixture).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "MischiefProgram").Value!;

    private const string Monitor = $$"""{ "name": "monitor", "program": "monitor", "settings": {{DemoCluster.MonitorSettings}} }""";

    private protected DemoCluster Cluster { get; private set; } = null!;

    private protected Failover Failover { get; private set; } = null!;

    private string TriggerFile => Path.Combine(DirectoryOfTest, "trigger");

    /// <summary>What the judge runs: the chain with honest NFs.</summary>
    private string Reference => Path.Combine(DirectoryOfTest, "reference.json");

    /// <summary>Two nodes under traffic; their monitor does what <see cref="Trigger"/> says.</summary>
    /// <param name="keys">Of the configuration's chain.</param>
    /// <param name="honest">All NFs are the shipped ones.</param>
    private protected void StartChain(string keys = "\"deathsPerMinute\": 1000", bool honest = false)
    {
        Cluster = MakeCluster();
        Failover = new Failover(Cluster, new Random(1));
        Cluster.AddToChain(keys);
        // On a busy machine a living node can be silent for 50 ms; here no NF's fate may change who rules.
        foreach (var node in new[] { Cluster.A, Cluster.B })
            File.WriteAllText(node.ConfigFile, File.ReadAllText(node.ConfigFile).Replace("\"initialPrimary\"", "\"replication\": { \"detect\": 500 }, \"initialPrimary\"", StringComparison.Ordinal));
        File.Copy(Cluster.A.ConfigFile, Reference);
        if (!honest) MakeMischievous();
        Failover.Start(Rate, CaptureRounds);
        WaitForTwins();
    }

    /// <summary>Two nodes that do not run yet.</summary>
    private protected DemoCluster MakeFunctionCluster(string keys, bool mischievous)
    {
        Cluster = MakeCluster();
        Cluster.AddToChain(keys);
        if (mischievous) MakeMischievous();
        return Cluster;
    }

    /// <summary>Both nodes have a warm twin for each NF.</summary>
    private protected void WaitForTwins()
    {
        foreach (var node in new[] { Cluster.A, Cluster.B })
            node.WaitFor("has twins", s => s.Functions.All(f => f.TwinProcessId != 0 && f.ProcessId != 0));
    }

    private protected FunctionStatus Function(string name) => Cluster.A.Status()!.Functions.Single(f => f.Name == name);

    /// <summary>Lets the process that owns the ruler's monitor misbehave with its next batch.</summary>
    private protected FunctionStatus Misbehave(string act)
    {
        var before = Function("monitor");
        Trigger($"{act} {before.ProcessId}");
        return before;
    }

    /// <summary>"ACT PID" or "ACT *".</summary>
    private protected void Trigger(string what)
    {
        File.WriteAllText(TriggerFile + ".new", what);
        File.Move(TriggerFile + ".new", TriggerFile, overwrite: true);
    }

    private protected void CallOff() => File.Delete(TriggerFile);

    private protected static void Signal(int process, Signum signal = Signum.SIGKILL) => Assert.That(Syscall.kill(process, signal), Is.Zero, $"{signal} to {process}");

    /// <summary>The NF is owned by a later process than before, has a twin, and packets flow again.</summary>
    private protected FunctionStatus WaitUntilSucceeded(FunctionStatus before)
    {
        var status = Cluster.A.WaitFor($"has a successor for {before.Name}",
            s => s.Functions.Single(f => f.Name == before.Name) is { State: "running" } f && f.Generation > before.Generation && f.LeftToRight > before.LeftToRight + 100);
        return status.Functions.Single(f => f.Name == before.Name);
    }

    /// <summary>After a long stop: what came out is right, once and in order. What waited may have come too late, as both
    /// directions go on at the same time: a tick of one side can expire a flow before a packet of the other is read.</summary>
    private protected void AssertNothingWrong()
    {
        var (_, verdict) = Failover.Finish(Reference);
        TestContext.Out.WriteLine($"verdict {verdict.ToJsonString()}");
        foreach (var wrong in new[] { "duplicates", "mismatches", "order", "records" })
            Assert.That((long)verdict[wrong]!, Is.Zero, $"{wrong}: {verdict["first"]!.ToJsonString()}");
        Assert.That((long)verdict["inputs"]!, Is.GreaterThan(1_000), "hardly any traffic was judged");
    }

    /// <summary>The chain went on in the same life and term, and the judge has nothing to say.</summary>
    private protected void AssertNothingLost()
    {
        var status = Cluster.A.Status()!;
        TestContext.Out.WriteLine(StatusText.Of(status));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(status.Role, Is.EqualTo("Ruling"));
            Assert.That(status.Lives, Is.EqualTo(1), "this node's life goes on");
            Assert.That(status.Term, Is.EqualTo(1), "nobody took over");
        }

        AssertGood(Failover.Finish(Reference));
    }

    private void MakeMischievous() => ReplaceMonitor(new JsonObject
    {
        // Both nodes must agree on the settings, so they have one trigger, which names a process.
        ["trigger"] = TriggerFile,
        ["monitor"] = JsonNode.Parse(DemoCluster.MonitorSettings),
    });

    /// <summary>Puts the mischievous program in the monitor's place.</summary>
    private protected void ReplaceMonitor(JsonObject settings)
    {
        // NFs run as nobody, and this one is to read what it shall do.
        File.SetUnixFileMode(DirectoryOfTest, File.GetUnixFileMode(DirectoryOfTest) | UnixFileMode.OtherExecute | UnixFileMode.OtherRead);
        var mischief = new JsonObject { ["name"] = "monitor", ["program"] = MischiefProgram, ["settings"] = settings };
        foreach (var node in new[] { Cluster.A, Cluster.B })
            File.WriteAllText(node.ConfigFile, File.ReadAllText(node.ConfigFile).Replace(Monitor, mischief.ToJsonString(), StringComparison.Ordinal));
    }
}
