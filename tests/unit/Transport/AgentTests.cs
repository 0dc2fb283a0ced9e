using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Transport;

/// <summary>The replicator's loop at the edges of its connections.</summary>
public sealed class AgentTests
{
    [Test]
    public void What_arrived_before_a_connection_broke_is_read_first()
    {
        using var bench = new AgentBench(initialPrimary: true);
        var standby = bench.Network.Connect(new PlayedConnection());
        standby.Arrive(AgentBench.Greeting(NodeRole.Starting));
        bench.Step();
        Assert.That(bench.Agent.Core.Role, Is.EqualTo(NodeRole.Ruling));
        var ruled = bench.Agent.Core.Term;

        // The standby is stopped in an orderly way: its LEAVE is here when sending to it already fails.
        standby.SendBroken = true;
        bench.Step(2_000_000);
        standby.Arrive(AgentBench.Message(MessageType.Leave, ruled));
        standby.Ended = true;
        bench.Step();
        Assert.That(bench.Reports, Has.Some.Contains("it left"));
        bench.Step();
        Assert.That(bench.Agent.Core.IsConnected, Is.False);
    }

    [Test]
    public void Older_connections_are_read_before_newer_ones()
    {
        using var bench = new AgentBench();
        var old = bench.Network.Connect(new PlayedConnection());
        old.Arrive(AgentBench.Greeting(NodeRole.Ruling, AgentBench.First));
        old.Arrive(AgentBench.Message(MessageType.Prepare, AgentBench.First, 1, MessageFlags.Join | MessageFlags.Whole, AgentBench.EmptyDeltas()));
        bench.Step();

        // The ruler dies with ELIGIBLE on its way, and its next life is there before this node has read on.
        old.Arrive(AgentBench.Message(MessageType.Eligible, AgentBench.First, 1));
        old.Ended = true;
        bench.Network.Connect(new PlayedConnection()).Arrive(AgentBench.Greeting(NodeRole.Starting, AgentBench.First, life: 2));
        bench.Step();
        bench.Step();
        Assert.That(bench.Agent.Core.Role, Is.EqualTo(NodeRole.Ruling), "it was told that it may take over");
    }

    [Test, CancelAfter(20_000)]
    public void A_peer_that_never_stops_talking_does_not_keep_this_node_from_its_own_work()
    {
        using var bench = new AgentBench();
        var heartbeats = Enumerable.Repeat(AgentBench.Message(MessageType.Heartbeat, AgentBench.First), 100).SelectMany(m => m).ToArray();
        var peer = bench.Network.Connect(new PlayedConnection { Endless = heartbeats });
        peer.Arrive(AgentBench.Greeting(NodeRole.Ruling, AgentBench.First));
        var step = Task.Run(() => bench.Step());
        Assert.That(step.Wait(TimeSpan.FromSeconds(10)), Is.True, "the step never ends");
    }

    [Test]
    public void Strangers_that_connect_and_say_nothing_cost_little_and_do_not_keep_the_peer_out()
    {
        using var bench = new AgentBench();
        var strangers = Enumerable.Range(0, 1_000).Select(_ => bench.Network.Connect(new PlayedConnection())).ToList();
        bench.Network.Connect(new PlayedConnection()).Arrive(AgentBench.Greeting(NodeRole.Ruling, AgentBench.First));
        for (var i = 0; i < 1_000 && !bench.Agent.Core.IsConnected; i++) bench.Step(10_000);
        Assert.That(bench.Agent.Core.IsConnected, Is.True);
        Assert.That(strangers.Count(s => !s.IsDisposed), Is.LessThanOrEqualTo(8));
    }
}
