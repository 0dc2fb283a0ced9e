using System.Runtime.InteropServices;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Replica;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Simulation;

/// <summary>One simulated node: the production root, NF loops and replicator over plain memory.</summary>
internal sealed class SimNode(SimWorld world, string name, bool initialPrimary, KnownBad knownBad) : ISimHost, INodeDisk, IDisposable
{
    public const int Functions = 2;
    private const uint Buffers = 128, RingCapacity = 128;

    private readonly List<IDisposable> _memory = [];
    private readonly List<Func<int>> _actors = [];
    private readonly SimProcess[] _functions = new SimProcess[Functions];
    private NodeRecord _disk;
    private StateBlock[] _blocks = [];
    private BufferTable _buffers = new(1);
    private ChainRoot? _root;

    public SimWorld World => world;

    public string Name => name;

    public SimNode Peer => world.PeerOf(this);

    public bool IsAlive { get; private set; }

    public bool IsPaused { get; set; }

    public ReplicationAgent? Agent { get; private set; }

    public SimNetwork.SimTransport? Listening { get; private set; }

    public SimPort[] Ports { get; private set; } = [];

    public int Lives { get; private set; }

    public NodeCore Core => Agent!.Core;

    public bool Leaks => _buffers.Free != _buffers.Total;

    public string Leak => $"{name}: {_buffers.Free} of {_buffers.Total} buffers are free, "
                          + $"{_buffers.InChain(0)} + {_buffers.InChain(Direction.RightToLeft)} in the chain, {_buffers.InLatch} in the latch";

    /// <summary>The clock up to which this node's state would go if it took over now.</summary>
    public ulong Covers { get; private set; }

    /// <summary>What becomes of the next record that it writes: it dies with it.</summary>
    public DeathWhileWriting DiesWriting { get; set; }

    /// <summary>It dies when what it and its standby may do has changed so many times; 0 for not at all.</summary>
    public int DiesAtTurn { get; set; }

    public void Write(in NodeRecord record)
    {
        var death = DiesWriting;
        DiesWriting = DeathWhileWriting.No;
        if (death != DeathWhileWriting.Before) _disk = record;
        if (death != DeathWhileWriting.No) throw new SimCrash();
    }

    public void Start(FrozenState? frozen = null)
    {
        Lives++;
        IsAlive = true;
        IsPaused = false;
        Covers = 0;
        DiesWriting = DeathWhileWriting.No;
        DiesAtTurn = 0;
        _disk = _disk with { IncarnationCounter = _disk.IncarnationCounter + 1 };
        _actors.Clear();
        Build(frozen);
        Agent!.Start(world.Network.Now);
    }

    public void Kill()
    {
        IsAlive = false;
        world.Network.Died(this);
        Release();
    }

    /// <summary>An NF of it will die, in the middle of a packet, and its twin takes over.</summary>
    /// <param name="function">Which.</param>
    /// <param name="when">A number that says where.</param>
    public void KillFunction(int function, int when)
    {
        if (IsAlive) _functions[function].Kill(when);
    }

    /// <summary>The operator stops it in an orderly way.</summary>
    public void Leave()
    {
        Agent!.Leave();
        IsAlive = false;
        world.Network.Left(this);
        Release();
    }

    /// <summary>Steps one part of the node: an NF, the root, or the replicator.</summary>
    public void Step(Random random)
    {
        if (!IsAlive || IsPaused) return;
        var before = (Core.Role, Core.Standby, Core.Switchover);
        if (!Survives(() => _actors[random.Next(_actors.Count)]())) return;
        if (DiesAtTurn > 0 && before != (Core.Role, Core.Standby, Core.Switchover) && --DiesAtTurn == 0)
        {
            world.Log($"{name} is killed as it turns to {Core.Role}, its standby {Core.Standby}, switchover {Core.Switchover}");
            Kill();
            return;
        }

        if (Agent!.Ended is null) return;
        // A life that ended is followed by the next one, as in nfmgr.
        var frozen = Agent.Frozen;
        Kill();
        Start(frozen);
    }

    /// <summary>Does something in the course of which the node may die at its disk.</summary>
    public bool Survives(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (SimCrash)
        {
            world.Log($"{name} dies at its disk");
            Kill();
            return false;
        }
    }

    public ulong[][] Histories()
    {
        var histories = new ulong[Functions][];
        for (var function = 0; function < Functions; function++)
        {
            var lanes = new StateDeclaration(_blocks[function + 1]).Array<SimFunction.Lane>("history", SimFunction.Places);
            histories[function] = [.. Enumerable.Range(0, SimFunction.Places).Select(place => lanes[place].Hash)];
        }

        return histories;
    }

    private void Build(FrozenState? frozen)
    {
        var control = Own(ChainControl.OnHeap());
        var pool = Own(PacketPool.OnHeap(Buffers));
        var rings = Own(ChainRings.OnHeap(Functions, RingCapacity, Buffers));
        var bells = Own(Doorbells.OnHeap(Functions + 1));
        _blocks = [.. Enumerable.Range(0, Functions + 1).Select(_ => Own(StateBlock.OnHeap()))];
        DeltaSlots[] slots = [.. Enumerable.Range(0, Functions + 1).Select(_ => Own(DeltaSlots.OnHeap()))];
        for (var i = 0; i < Functions; i++)
        {
            var index = i;
            new StateDeclaration(_blocks[i + 1]).Array<SimFunction.Lane>("history", SimFunction.Places);
            _functions[i] = new SimProcess(() => new NfAttachment
            {
                Control = control,
                Index = index,
                Pool = pool,
                Block = _blocks[index + 1],
                Slots = slots[index + 1],
                Inputs = rings.OpenInputsOf(index),
                Outputs = rings.OpenOutputsOf(index),
                Returns = rings.OpenReturnsOf(index),
                JoinLines = world.JoinLines,
            }, (ulong)i + 1, knownBad.Loop, at =>
            {
                world.FunctionDeaths++;
                world.Log($"an NF of {name} has died at {at}");
            });
            _actors.Add(_functions[i].Step);
        }

        Ports = [new SimPort(this, Direction.LeftToRight), new SimPort(this, Direction.RightToLeft)];
        var board = new Board();
        _buffers = new BufferTable(Buffers);
        var state = new RootState(_blocks[0], slots[0]);
        var initial = _blocks.Select(b => b.Data.ToArray()).ToArray();
        _root = new ChainRoot(new RootWiring
        {
            Control = control,
            Pool = pool,
            Buffers = _buffers,
            State = state,
            Board = board,
            Ports = [.. Ports],
            Heads = rings.OpenHeads(),
            Tails = rings.OpenTails(),
            Returns = rings.OpenReturns(),
            Rings = rings.OpenViews(),
            Blocks = _blocks[1..],
            Slots = slots[1..],
            Functions = [.. Enumerable.Range(1, Functions).Select(i => new Doorbell(bells, Doorbells.OffsetOf(i)))],
            WakeReplicator = () => { },
            PacketsInChain = 48,
            JoinLines = world.JoinLines,
        }, knownBad.Root);
        _actors.Add(() =>
        {
            // Honest NFs must never be accused, whatever stands still and dies around them.
            _root.Inspect(world.Network.Now);
            return _root.DoWork(world.Network.Now, world.WallClock);
        });

        Listening = world.Network.TransportOf(this, Peer);
        Agent = new ReplicationAgent(new ReplicationWiring
        {
            Settings = new NodeSettings
            {
                Me = NodeId.Of(name),
                Peer = NodeId.Of(Peer.Name),
                InitialPrimary = initialPrimary,
                Chain = 1,
                Layout = 1,
                Detect = 20_000_000,
                OnSilence = world.PrefersAvailability || knownBad.TakesSilenceForDeath ? SilencePolicy.PreferAvailability
                    : world.Arbiter is not null ? SilencePolicy.Arbiter : SilencePolicy.StandbyWins,
                KnownBad = knownBad.Protocol,
            },
            Frozen = frozen,
            Record = _disk,
            Incarnation = new Incarnation(_disk.IncarnationCounter, (ulong)world.Random.NextInt64(1, long.MaxValue)),
            Disk = this,
            Transport = Listening,
            Arbiter = world.Arbiter is { } arbiter ? world.Network.TransportOf(this, arbiter) : null,
            Board = board,
            Blocks = _blocks,
            Slots = slots,
            JoinLines = world.JoinLines,
            WakeRoot = () => { },
            ResetState = () =>
            {
                for (var i = 0; i < initial.Length; i++)
                {
                    initial[i].CopyTo(_blocks[i].Data);
                    _blocks[i].ClearMarks();
                }
            },
            Report = what => world.Reported(this, what),
        });
        // Stepped more often than the others, as it is woken by everything.
        for (var i = 0; i < 3; i++)
        {
            _actors.Add(() =>
            {
                var work = Agent.DoWork(world.Network.Now);
                Covers = Agent.Core.Role == NodeRole.Eligible ? Agent.Core.StagedClock : 0;
                return work;
            });
        }
    }

    public void Dispose()
    {
        if (IsAlive) Release();
    }

    private void Release()
    {
        Agent?.Dispose();
        foreach (var memory in _memory) memory.Dispose();
        _memory.Clear();
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }
}

/// <summary>A node's process ends in the middle of a step.</summary>
internal sealed class SimCrash : Exception;

internal enum DeathWhileWriting
{
    No,

    /// <summary>What it wrote never reached the disk.</summary>
    Before,

    /// <summary>It did, and nobody has heard of it.</summary>
    After,
}

/// <summary>Which parts of the nodes are deliberately broken.</summary>
internal readonly record struct KnownBad(KnownBadProtocol Protocol = default, KnownBadLoop Loop = default, KnownBadRoot Root = default,
    bool TakesSilenceForDeath = false);
