using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Demo;
using NUnit.Framework;

namespace Holdfast.Tests.Process.Roles;

/// <summary>Two nodes with a link that can be cut, under judged traffic.</summary>
public abstract class RoleFixture : ClusterFixture
{
    /// <summary>Milliseconds after which silence counts.</summary>
    private protected const int Detect = 300;

    private protected LinkProxy Link { get; private set; } = null!;

    /// <param name="replication">Keys of the section of this name; the chain's policies are there.</param>
    private protected DemoCluster MakeLinkedCluster(string replication)
    {
        int a = LoopbackPorts.Next(), b = LoopbackPorts.Next(), fromA = LoopbackPorts.Next(), fromB = LoopbackPorts.Next();
        Link = Own(new LinkProxy(fromA, b, fromB, a));
        var cluster = MakeCluster(ports: (a, b), proxied: (fromA, fromB));
        // On a busy machine a node can be silent for long; here silence is what a test makes.
        cluster.AddToNodes($"\"replication\": {{ \"detect\": {Detect}{(replication.Length > 0 ? ", " : "")}{replication} }}");
        return cluster;
    }

    /// <summary>Lets traffic flow until packets have gone through since now.</summary>
    private protected static void LetPacketsPass(DemoNode ruler)
    {
        var before = ruler.Status()!.Right.Released;
        ruler.WaitFor("has released a thousand packets more", s => s.Right.Released >= before + 1_000);
    }

    /// <summary>The judge's verdict without what a lost state excuses.</summary>
    private protected static void AssertNothingWrong((JsonObject Traffic, JsonObject Verdict) run, int statesLost)
    {
        TestContext.Out.WriteLine($"traffic {run.Traffic.ToJsonString()}\nverdict {run.Verdict.ToJsonString()}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((long)run.Verdict["violations"]!, Is.Zero, run.Verdict["first"]!.ToJsonString());
            Assert.That((long)run.Verdict["stateLost"]!, Is.EqualTo(statesLost));
            Assert.That((long)run.Verdict["inputs"]!, Is.GreaterThan(1_000));
        }
    }
}
