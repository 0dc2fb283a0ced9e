using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Ports;
using Holdfast.Nfmgr.Ports.Dpdk;
using Holdfast.Nfmgr.Ports.Generator;
using Holdfast.Nfmgr.Ports.Interface;
using Holdfast.Nfmgr.Supervision;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>Collects a <see cref="StatusReport"/> from a running life; called on the replicator's thread.</summary>
internal static class StatusBuilder
{
    public static StatusReport Build(DaemonConfiguration configuration, NodeLife life, IReadOnlyList<FunctionReport> functions, EventLog log,
        int lives)
    {
        var core = life.Agent.Core;
        var board = life.Board;
        var buffers = life.Buffers!;
        return new StatusReport
        {
            Node = configuration.Node.Name,
            Chain = configuration.Chain.Name,
            ProcessId = Environment.ProcessId,
            Role = core.Role.ToString(),
            Summary = Summarise(core, configuration),
            Protected = core.IsProtected && !core.IsBlocked,
            Blocked = core.IsBlocked,
            Term = core.Term.Counter,
            Incarnation = core.Incarnation.ToString(),
            StateWasLost = core.StateWasLost,
            OnSilence = configuration.Replication.OnSilence switch
            {
                SilencePolicy.PreferAvailability => "prefer-availability",
                SilencePolicy.Arbiter => "arbiter",
                _ => "standby-wins",
            },
            ArbiterConnected = configuration.Replication.OnSilence == SilencePolicy.Arbiter ? core.HasArbiter : null,
            Switchover = core.Switchover.ToString(),
            HasFrozenState = core.HasFrozen,
            Peer = new PeerStatus(configuration.Peer.Name, configuration.Peer.Address.ToString(), core.IsConnected,
                core.IsConnected ? core.PeerRole.ToString() : null),
            Checkpoints = new CheckpointStatus(board.Closed, board.Completed, core.Prepared, core.Committed, buffers.InLatch),
            Left = PortOf(life, 0),
            Right = PortOf(life, 1),
            Buffers = new BufferStatus(buffers.Total, buffers.Free, buffers.InChain(Direction.LeftToRight),
                buffers.InChain(Direction.RightToLeft), buffers.InLatch, buffers.InPorts,
                life.Memory.Pool.Memory.OnHugePages),
            Functions = [.. functions.Select((function, index) => FunctionOf(life, index, function))],
            RootAllocatedBytes = life.RootLoop!.AllocatedBytes,
            ReplicatorAllocatedBytes = life.ReplicatorLoop!.AllocatedBytes,
            Takeover = TakeoverOf(life),
            Lives = lives,
            Events = log.Last,
        };
    }

    private static string Summarise(NodeCore core, DaemonConfiguration configuration)
    {
        var peer = configuration.Peer.Name;
        return core.Role switch
        {
            NodeRole.Ruling when core.Switchover == SwitchoverProgress.HandedOver =>
                $"has handed over to {peer} and waits until that rules; if it is off, say `nfmgr continue --unprotected`",
            NodeRole.Ruling when core.Switchover == SwitchoverProgress.Draining => $"rules, takes nothing in, and hands over to {peer} when all is prepared",
            NodeRole.Ruling when core is { IsBlocked: true, Petition: not Petition.None } =>
                $"BLOCKED: rules, but standby {peer} does not answer, and the arbiter has not said yet whether to go on without it",
            NodeRole.Ruling when core.IsBlocked =>
                $"BLOCKED: rules, but standby {peer} does not answer; outputs wait until it is back, or until you are sure that it "
                + "is off and say `nfmgr continue --unprotected`",
            NodeRole.Ruling when core.IsProtected => $"rules, PROTECTED by {peer}",
            NodeRole.Ruling when core.Standby != StandbyProgress.None => $"rules, UNPROTECTED; {peer} is joining",
            NodeRole.Ruling when configuration.Replication.OnSilence == SilencePolicy.PreferAvailability =>
                $"rules, UNPROTECTED; no standby. If {peer} lives and can't be heard, it may rule too",
            NodeRole.Ruling => "rules, UNPROTECTED; no standby",
            NodeRole.Starting or NodeRole.Joining when core.IsLost =>
                "the chain's newest state is LOST; say `nfmgr continue --unprotected` on the node that shall rule with "
                + (core.HasFrozen ? "older state, which this node has" : "none"),
            NodeRole.Eligible when core.Petition == Petition.TakeOver => $"standby, asks the arbiter whether to take over from {peer}",
            NodeRole.Eligible => $"standby, may take over from {peer}",
            NodeRole.Joining => $"standby, its copy of the state is not complete; may NOT take over from {peer}",
            NodeRole.Starting when core.IsConnected => $"waits for {peer} to rule or to go first",
            NodeRole.Starting => $"empty, waits for {peer}, which may have the chain's state; if that is off for good and its state "
                                 + "may be lost, say `nfmgr continue --unprotected`",
            _ => "ends",
        };
    }

    private static TakeoverReport? TakeoverOf(NodeLife life)
    {
        if (life.Agent.Takeover is not { } times) return null;
        var (ruled, released) = (life.Board.RuledAt, life.Board.ReleasedAt);
        return new TakeoverReport(Clock.Monotonic(times.LostAt), Clock.Monotonic(times.DecidedAt), Clock.Monotonic(times.PersistedAt),
            Clock.Monotonic(times.ReadyAt), ruled == 0 ? 0 : Clock.Monotonic(ruled), released == 0 ? 0 : Clock.Monotonic(released));
    }

    private static PortStatus PortOf(NodeLife life, int port)
    {
        var statistics = life.Root!.Statistics;
        var counters = life.Ports[port].Counters;
        return new PortStatus(TypeOf(life.Ports[port]), statistics.Accepted[port], counters.Received, counters.DroppedByKernel,
            counters.Refused, statistics.Released[port] + statistics.RefusedByPort[port], counters.Sent, counters.SendErrors,
            life.RootState!.Stations[port].Count, InterfaceOf(life.Ports[port]));
    }

    private static string TypeOf(IPort port) => port switch
    {
        DpdkPort => "dpdk",
        IInterfacePort => "interface",
        WirePort => "wire",
        GeneratorPort => "generator",
        _ => "pcap",
    };

    private static InterfaceStatus? InterfaceOf(IPort port)
    {
        if (port is not IInterfacePort at) return null;
        var report = at.Report();
        return new InterfaceStatus(report.Interface, report.Mode, report.State.ToString().ToLowerInvariant(), report.RefusedByReason,
            report.SendErrorsByReason, report.Remedy);
    }

    private static FunctionStatus FunctionOf(NodeLife life, int index, FunctionReport report)
    {
        // Copies: the NF writes these while we read, and could write anything.
        var statistics = life.Memory.Blocks[index + 1].Statistics;
        var vitals = life.Memory.Blocks[index + 1].Vitals;
        var dropped = new Dictionary<string, ulong>();
        for (var reason = 0; reason < DropReasons.Count; reason++)
        {
            if (statistics.Dropped[reason] > 0) dropped[((DropReason)reason).ToString()] = statistics.Dropped[reason];
        }

        return new FunctionStatus(report.Name, report.ProcessId, statistics.PacketsLeftToRight, statistics.PacketsRightToLeft,
            statistics.Forwarded, statistics.TurnedBack, dropped, vitals.Captures, vitals.CapturedLines, vitals.Stalls,
            vitals.AllocatedBytes)
        {
            State = report.State,
            StoppedBecause = report.StoppedBecause,
            TwinProcessId = report.TwinProcessId,
            Generation = report.Generation,
            Restarts = report.Restarts,
            LastDeath = report.LastDeath is { } death
                ? new DeathStatus(death.ProcessId, death.Generation, death.Cause, death.At, death.NoticedAt) : null,
            Quarantined = life.Quarantine.WrittenOf(index),
            PoisonedPackets = statistics.Dropped[(int)DropReason.Poison],
            Stalls = report.Stalls,
            TookOverAt = report.TookOverAt,
            FirstOutputAt = report.FirstOutputAt,
        };
    }
}
