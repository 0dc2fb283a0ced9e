using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Nfmgr.Control;

namespace Holdfast.Nfmgr.Demo;

/// <summary>One kill of a primary.</summary>
/// <param name="KilledAt">When; CLOCK_MONOTONIC, nanoseconds.</param>
/// <param name="TakeoverMs">Until the first packet out of the new primary arrived at the far end.</param>
/// <param name="RejoinMs">From the killed node's start until it may take over.</param>
/// <param name="Report">What the new primary says; null if it does not.</param>
internal sealed record FailoverRound(long KilledAt, double TakeoverMs, long RejoinMs, TakeoverReport? Report);

/// <summary>Kills the primary of a cluster under traffic, lets the standby go on, and brings the killed node back.</summary>
internal sealed class Failover(DemoCluster cluster, Random random)
{
    private const string Warm = "has a warm twin for each NF";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Longest time from a kill to the first packet out of the new primary, in milliseconds.</summary>
    public double TakeoverMs { get; private set; }

    /// <summary>Longest time from a killed node's start until it may take over, in milliseconds.</summary>
    public double RejoinMs { get; private set; }

    /// <summary>Starts both nodes and the journaled traffic: the recorded capture in a loop, and generated flows.</summary>
    public void Start(double rate, double captureRounds)
    {
        cluster.A.Start();
        cluster.B.Start();
        cluster.WaitForRuler();
        cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "announced"), Patience, "the first term");
        cluster.Generator.Send(new JsonObject { ["do"] = "play", ["rate"] = rate, ["captureRoundsPerSecond"] = captureRounds, ["flows"] = 64 });
    }

    /// <summary>One round: kill, takeover, rejoin. It begins when both nodes are at rest: on a machine with few cores, processes
    /// that still warm up would be measured otherwise.</summary>
    public FailoverRound Round(Action<string> progress)
    {
        var dead = cluster.WaitForRuler();
        var heir = cluster.Other(dead);
        dead.WaitFor(Warm, HasTwins);
        heir.WaitFor(Warm, HasTwins);
        Thread.Sleep(random.Next(50, 400));
        var killedAt = (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));
        var killed = dead.Kill();
        var first = cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "firstOut") && (string?)e["node"] == heir.Name && (long)e["time"]! > killed,
            Patience, $"a packet from {heir.Name}");
        var takeover = ((long)first["time"]! - killed) / 1e6;
        TakeoverMs = Math.Max(TakeoverMs, takeover);
        progress($"killed {dead.Name}; {heir.Name} released its first packet after {takeover:0.0} ms");

        var start = Environment.TickCount64;
        dead.Start();
        dead.WaitFor("may take over", s => s.Role is "Eligible" or "Ruling");
        var rejoin = Environment.TickCount64 - start;
        RejoinMs = Math.Max(RejoinMs, rejoin);
        progress($"{dead.Name} is back and may take over, {rejoin} ms after its start");
        return new FailoverRound(killedAt, takeover, rejoin, heir.Status()?.Takeover);
    }

    private static bool HasTwins(StatusReport status) => status.Functions.All(function => function.TwinProcessId != 0);

    /// <summary>Ends the traffic and judges.</summary>
    /// <param name="reference">As for <see cref="DemoCluster.Judge"/>.</param>
    public (JsonObject Traffic, JsonObject Verdict) Finish(string? reference = null)
    {
        Thread.Sleep(300);
        cluster.Generator.Send(new JsonObject { ["do"] = "stop", ["drainMilliseconds"] = 5000 });
        var traffic = cluster.Generator.WaitFor(e => DemoGenerator.Is(e, "stopped"), Patience, "the end of the traffic");
        return (traffic, cluster.Judge(cluster.WaitForRuler(), reference));
    }
}
