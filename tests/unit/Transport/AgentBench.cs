using System.Runtime.InteropServices;
using Holdfast.NfLib.State;
using Holdfast.Replicator;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Tests.Unit.Transport;

/// <summary>A node's replicator as nfmgr runs it, with two state blocks, whose peer is the test.</summary>
internal sealed class AgentBench : INodeDisk, IDisposable
{
    public const int Instances = 2;
    public static readonly int MaxPayload = Replicator.Replica.PreparePayload.MaxBytes(Instances);
    private int _mode;
    private bool _rules, _joins;
    private static readonly NodeId Me = NodeId.Of("b"), Peer = NodeId.Of("a");
    private readonly DeltaSlots[] _slots = [.. Enumerable.Range(0, Instances).Select(_ => DeltaSlots.OnHeap())];

    public AgentBench(bool initialPrimary = false, KnownBadReader knownBad = KnownBadReader.None)
    {
        Agent = new ReplicationAgent(new ReplicationWiring
        {
            Settings = new NodeSettings { Me = Me, Peer = Peer, InitialPrimary = initialPrimary, Chain = 7, Layout = 8 },
            Record = default,
            Incarnation = new Incarnation(1, 99),
            Disk = this,
            Transport = Network,
            Board = Board,
            Blocks = Blocks,
            Slots = _slots,
            WakeRoot = () => { },
            ResetState = () => { },
            Report = Reports.Add,
        }, knownBad);
        Agent.Start(Now);
    }

    public static Term First => new(1, Peer);

    public ReplicationAgent Agent { get; }

    public PlayedTransport Network { get; } = new();

    public Board Board { get; } = new();

    public StateBlock[] Blocks { get; } = [.. Enumerable.Range(0, Instances).Select(_ => StateBlock.OnHeap())];

    public List<string> Reports { get; } = [];

    public long Now { get; private set; } = 1_000_000_000;

    /// <summary>What was written last.</summary>
    public NodeRecord Disk { get; private set; }

    /// <summary>The node said at some time that it may take over.</summary>
    public bool WasEligible => Reports.Exists(r => r.StartsWith("is eligible", StringComparison.Ordinal));

    public void Write(in NodeRecord record) => Disk = record;

    public void Step(long nanoseconds = 100_000)
    {
        Now += nanoseconds;
        Agent.DoWork(Now);
    }

    /// <summary>Answers the replicator as a root without traffic does: takes its modes, closes and completes checkpoints.</summary>
    public void PlayRoot(Random random)
    {
        while (Board.TryTakeRule(out var rule, out var continues))
        {
            if (!continues) Board.ContinueFrom(rule.Checkpoint);
            _rules = true;
        }

        if (!_rules || random.Next(3) != 0) return;
        if (Board.ModeRequest != _mode)
        {
            _mode = Board.ModeRequest;
            _joins = Board.RequestedMode == ReplicationMode.Joining;
            Board.ModeTaken(_mode, Board.Closed + 1);
        }

        if (Board.RequestedMode == ReplicationMode.Alone || (!_joins && Board.Closed >= Board.Prepared + DeltaSlots.Count)) return;
        var checkpoint = Board.Closed + 1;
        for (var i = 0; i < Instances; i++) _slots[i].Capture(Blocks[i], checkpoint);
        Board.Close(checkpoint, checkpoint, (long)checkpoint, Now);
        Board.Complete(checkpoint);
        if (_joins) Board.JoinBarrierClosed(_mode, checkpoint);
        _joins = false;
    }

    /// <summary>Bytes of the peer's greeting.</summary>
    public static byte[] Greeting(NodeRole role, Term term = default, ulong life = 1) =>
        Encode(Header(MessageType.Hello, term, life), MemoryMarshal.AsBytes([new Hello
        {
            Node = Peer.Value, Incarnation = new Incarnation(life, 100 + life), Layout = 8, Role = role,
        }]));

    public static byte[] Message(MessageType type, Term term, ulong checkpoint = 0, MessageFlags flags = 0, byte[]? payload = null)
    {
        var header = Header(type, term, 1);
        (header.Checkpoint, header.Flags) = (checkpoint, flags);
        return Encode(header, payload);
    }

    public static MessageHeader Header(MessageType type, Term term, ulong life) => new()
    {
        Type = type, Chain = 7, Term = term, Sender = 100 + life, Receiver = 99,
    };

    public static byte[] Encode(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        var writer = new MessageWriter(payload.Length + 64 * MessageHeader.Bytes);
        writer.Append(header, payload);
        return writer.Pending.ToArray();
    }

    /// <summary>A payload that holds nothing: an empty delta for each instance.</summary>
    public static byte[] EmptyDeltas()
    {
        var payload = new byte[Instances * (sizeof(int) + sizeof(ulong))];
        for (var i = 0; i < Instances; i++) payload[i * (sizeof(int) + sizeof(ulong))] = sizeof(ulong);
        return payload;
    }

    public void Dispose()
    {
        Agent.Dispose();
        foreach (var block in Blocks) block.Dispose();
        foreach (var slots in _slots) slots.Dispose();
    }
}
