using System.Text.Json.Nodes;
using Holdfast.Chaos.Sessions;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Demo;
using Holdfast.Replicator.Messages;
using Mono.Unix.Native;
using NUnit.Framework;

namespace Holdfast.Tests.Process;

/// <summary>
/// Each type of message between real nodes is lost for a while, while all others pass: nothing wrong comes out, and the
/// chain is protected again. One of them: --filter "Name~Prepared".
/// </summary>
public sealed class BlockedMessageTests : ClusterFixture
{
    private static readonly TimeSpan Lost = TimeSpan.FromSeconds(1);

    private static readonly MessageType[] OnlyForArbiter =
        [MessageType.Ask, MessageType.Grant, MessageType.Deny, MessageType.Enlist, MessageType.Enlisted, MessageType.Decline];

    private static readonly MessageType[] FromRuler =
        [MessageType.Hello, MessageType.Heartbeat, MessageType.Prepare, MessageType.Commit, MessageType.Eligible, MessageType.Handover];

    private static readonly MessageType[] FromStandby = [MessageType.Hello, MessageType.Heartbeat, MessageType.Prepared, MessageType.Leave];

    /// <summary>As long as nobody was succeeded. REFUSE is for an old ruler.</summary>
    private static readonly MessageType[] NeverFromRuler = [MessageType.Prepared, MessageType.Leave, MessageType.Refuse, .. OnlyForArbiter];

    private static readonly MessageType[] NeverFromStandby =
        [MessageType.Prepare, MessageType.Commit, MessageType.Eligible, MessageType.Handover, MessageType.Refuse, .. OnlyForArbiter];

    /// <summary>Two nodes, what is between them, and traffic through them.</summary>
    private sealed record Chain(DemoCluster Cluster, LinkProxy Link, Failover Traffic);

    [TestCaseSource(nameof(FromRuler))]
    public void From_the_ruler(MessageType type) => LoseAndRecover(type, fromRuler: true);

    [TestCaseSource(nameof(FromStandby))]
    public void From_the_standby(MessageType type) => LoseAndRecover(type, fromRuler: false);

    [Test]
    public void A_refusal_to_a_ruler_that_was_succeeded()
    {
        var chain = Start();
        var (old, heir) = (chain.Cluster.A, chain.Cluster.B);
        chain.Link.Block('b', MessageType.Refuse);
        old.Signal(Signum.SIGSTOP);
        WaitForFirstOut(chain.Cluster, heir);
        old.Signal(Signum.SIGCONT);
        // Its greeting, with a higher term, tells the same: whether there is a refusal to lose depends on who is quicker.
        old.WaitFor("yielded and may take over again", s => s.Role == "Eligible");
        TestContext.Out.WriteLine($"{chain.Link.Filter.Blocked} lost");
        Recover(chain);
    }

    [Test]
    public void Every_type_is_lost_in_each_direction_or_known_never_to_be_sent_there()
    {
        var types = Enum.GetValues<MessageType>();
        Assert.That(FromRuler.Concat(NeverFromRuler), Is.EquivalentTo(types));
        Assert.That(FromStandby.Concat(NeverFromStandby), Is.EquivalentTo(types));
    }

    private void LoseAndRecover(MessageType type, bool fromRuler)
    {
        var chain = Start();
        chain.Link.Block(fromRuler ? 'a' : 'b', type);
        var after = Provoke(type, chain);
        WaitUntil(() => chain.Link.Filter.Blocked > 0, $"a {type} is lost");
        Thread.Sleep(Lost);
        TestContext.Out.WriteLine($"{chain.Link.Filter.Blocked} lost");
        chain.Link.Unblock();
        after();
        Recover(chain);
    }

    private Chain Start()
    {
        int a = LoopbackPorts.Next(), b = LoopbackPorts.Next(), fromA = LoopbackPorts.Next(), fromB = LoopbackPorts.Next();
        var link = Own(new LinkProxy(fromA, b, fromB, a));
        var cluster = MakeCluster(ports: (a, b), proxied: (fromA, fromB));
        // On a busy machine a living node can be silent for the default's 50 ms; here a node's silence shall be the test's doing.
        foreach (var node in new[] { cluster.A, cluster.B })
            File.WriteAllText(node.ConfigFile, File.ReadAllText(node.ConfigFile).Replace("\"initialPrimary\"", "\"replication\": { \"detect\": 500 }, \"initialPrimary\"", StringComparison.Ordinal));
        var traffic = new Failover(cluster, new Random(1));
        traffic.Start(Rate, CaptureRounds);
        return new Chain(cluster, link, traffic);
    }

    /// <summary>Makes the nodes say it, if they don't all the time.</summary>
    /// <returns>What is left to do once it may pass again.</returns>
    private static Action Provoke(MessageType type, Chain chain)
    {
        var (ruler, standby) = (chain.Cluster.A, chain.Cluster.B);
        switch (type)
        {
            case MessageType.Hello:
                chain.Link.Break();
                break;
            case MessageType.Eligible:
                standby.Kill();
                standby.Start();
                break;
            case MessageType.Leave:
                standby.Stop();
                return standby.Start;
            case MessageType.Handover:
                var asked = Task.Run(() => ruler.Ask(new ControlRequest("switchover")).Error);
                return () => TestContext.Out.WriteLine($"switchover: {asked.GetAwaiter().GetResult() ?? "done"}");
        }

        return () => { };
    }

    private static void Recover(Chain chain)
    {
        // Not only the ruler's word: the standby must know it, too.
        WaitUntil(() => Protects(chain.Cluster.A, chain.Cluster.B) || Protects(chain.Cluster.B, chain.Cluster.A), "the chain is protected again");
        var run = chain.Traffic.Finish();
        AssertNeverSeen(chain, 'a', OnlyForArbiter);
        AssertNeverSeen(chain, 'b', OnlyForArbiter);
        if ((long)run.Verdict["terms"]! == 1)
        {
            AssertNeverSeen(chain, 'a', NeverFromRuler);
            AssertNeverSeen(chain, 'b', NeverFromStandby);
        }

        AssertNothingWrong(run.Traffic, run.Verdict);

        static bool Protects(DemoNode ruler, DemoNode standby) =>
            ruler.Status() is { Role: "Ruling", Protected: true } && standby.Status() is { Role: "Eligible" };
    }

    /// <summary>Packets wait for seconds, so recorded connections may be given up, and answers cross what is sent again; but
    /// nothing wrong comes out, and no state is another.</summary>
    private static void AssertNothingWrong(JsonObject traffic, JsonObject verdict)
    {
        TestContext.Out.WriteLine($"traffic {traffic.ToJsonString()}\nverdict {verdict.ToJsonString()}");
        var crossed = CrossedResets.Count(verdict["first"]!.AsArray().Select(word => (string)word!));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((long)verdict["violations"]! - crossed, Is.Zero, verdict["first"]!.ToJsonString());
            Assert.That((long)verdict["stateLost"]!, Is.Zero, "the chain's state was lost");
            Assert.That((long)verdict["inputs"]!, Is.GreaterThan(200), "hardly any traffic was judged");
            Assert.That((long)traffic["mappingChanged"]!, Is.Zero, "a connection's NAT mapping changed");
        }
    }

    private static void AssertNeverSeen(Chain chain, char from, IEnumerable<MessageType> types) =>
        Assert.That(types.Where(type => chain.Link.Filter.Seen(from, type) > 0), Is.Empty, $"{from} never says that");

    private static void WaitUntil(Func<bool> wanted, string what)
    {
        var deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!wanted())
        {
            if (Environment.TickCount64 > deadline) Assert.Fail($"not within {Patience.TotalSeconds:0} s: {what}");
            Thread.Sleep(5);
        }
    }
}
