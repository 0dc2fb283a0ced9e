using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>
/// The production root and NF loops over plain memory, with guards behind every object, and one NF of the chain that is
/// played by the test. The test is also both ports and a standby that prepares at once.
/// </summary>
internal sealed class HostileChain : IDisposable
{
    public const uint Buffers = 256, Edge = 256;
    private const int GuardBytes = 256;
    private const byte Guard = 0xA5;

    private readonly List<(MemoryObject Memory, long Bytes)> _objects = [];
    private readonly NfLoop?[] _loops;
    private readonly byte[] _delta = new byte[Delta.MaxBytes];
    private ulong _encoded;
    private bool _joined;

    public HostileChain(int functions, int hostile)
    {
        Functions = functions;
        Hostile = hostile;
        Control = new ChainControl(Own(ChainControl.OnHeap().Memory, ObjectKind.ChainControl, ChainControl.Version));
        Pool = new PacketPool(Own(PacketPool.OnHeap(Buffers).Memory, ObjectKind.PacketPool, PacketPool.Version));
        Rings = new ChainRings(functions, Edge, Buffers,
            (_, capacity) => Own(RingLayout.OnHeap(capacity), ObjectKind.Ring, RingLayout.Version));
        Bells = Own(Doorbells.OnHeap(functions + 1), ObjectKind.Doorbells, Doorbells.Version);
        Blocks = [.. Enumerable.Range(0, functions + 1).Select(_ =>
            new StateBlock(Own(StateBlock.OnHeap().Memory, ObjectKind.StateBlock, StateBlock.Version)))];
        Slots = [.. Enumerable.Range(0, functions + 1).Select(_ =>
            new DeltaSlots(Own(DeltaSlots.OnHeap().Memory, ObjectKind.DeltaSlots, DeltaSlots.Version)))];
        Replica = new StateBlock(Own(StateBlock.OnHeap().Memory, ObjectKind.StateBlock, StateBlock.Version));

        _loops = new NfLoop?[functions];
        for (var i = 0; i < functions; i++)
        {
            var nf = new CountingFunction();
            var declaration = new StateDeclaration(Blocks[i + 1]);
            nf.Initialise(declaration);
            declaration.Complete();
            if (i == hostile) continue;
            _loops[i] = new NfLoop(nf, new NfAttachment
            {
                Control = Control, Pool = Pool, Block = Blocks[i + 1], Slots = Slots[i + 1], Index = i,
                Inputs = Rings.OpenInputsOf(i), Outputs = Rings.OpenOutputsOf(i), Returns = Rings.OpenReturnsOf(i),
            });
        }

        Left = new QuietPort();
        Right = new QuietPort();
        Table = new BufferTable(Buffers);
        Poison = new PoisonQueue(functions, () => { });
        Root = new ChainRoot(new RootWiring
        {
            Control = Control, Pool = Pool, Buffers = Table, Board = Board, Ports = [Left, Right],
            State = new RootState(Blocks[0], Slots[0]),
            Heads = Rings.OpenHeads(), Tails = Rings.OpenTails(), Returns = Rings.OpenReturns(),
            Rings = Rings.OpenViews(), Blocks = Blocks[1..], Slots = Slots[1..],
            Functions = [.. Enumerable.Range(1, functions).Select(i => new Doorbell(Bells, Doorbells.OffsetOf(i)))],
            WakeReplicator = () => { },
            Poison = Poison,
            PacketsInChain = 100,
        });
        Villain = new Villain(this);
        Board.Begin(new Rule(new Term(1, new NodeId(1)), false, 0, 0, 0), continues: false);
        StepRoot();
    }

    public int Functions { get; }

    public int Hostile { get; }

    public Villain Villain { get; }

    public ChainControl Control { get; }

    public PacketPool Pool { get; }

    public ChainRings Rings { get; }

    public MemoryObject Bells { get; }

    /// <summary>The root's, then the NFs'.</summary>
    public StateBlock[] Blocks { get; }

    public DeltaSlots[] Slots { get; }

    public StateBlock Replica { get; }

    public QuietPort Left { get; }

    public QuietPort Right { get; }

    public BufferTable Table { get; }

    public PoisonQueue Poison { get; }

    public Board Board { get; } = new();

    public ChainRoot Root { get; }

    public long Now { get; private set; } = 1_000_000_000;

    /// <summary>A standby joins, and from then on prepares every checkpoint as soon as it is complete.</summary>
    public HostileChain Protect()
    {
        Board.RequestMode(ReplicationMode.Joining);
        for (var i = 0; i < 4 && !_joined; i++) Step();
        if (!_joined) throw new InvalidOperationException("no join barrier was closed");
        return Step();
    }

    /// <summary>The root, all honest NFs, and the villain as far as it behaves, until nothing moves or it was long enough.</summary>
    public HostileChain Step(bool villainActs = true)
    {
        Now += 50_000;
        for (var pass = 0; pass < 20; pass++)
        {
            var work = StepRoot() + StepHonest();
            if (villainActs) work += Villain.PassOn();
            if (work == 0) break;
        }

        return this;
    }

    public int StepRoot()
    {
        var work = Root.DoWork(Now, Now);
        Prepare();
        return work;
    }

    public int StepHonest()
    {
        var work = 0;
        foreach (var loop in _loops) work += loop?.DoWork() ?? 0;
        return work;
    }

    /// <summary>Everything goes on for some time, with looks at the chain as nfmgr does them.</summary>
    public void Wait(long nanoseconds, bool villainActs = true)
    {
        for (var until = Now + nanoseconds; Now < until; Now += 100_000_000)
        {
            Step(villainActs);
            Root.Inspect(Now);
        }
    }

    public void Send(int fromLeft, int fromRight)
    {
        Left.Waiting += fromLeft;
        Right.Waiting += fromRight;
    }

    /// <summary>What is broken of what must hold, or null.</summary>
    public string? Broken()
    {
        foreach (var (memory, bytes) in _objects)
        {
            if (GuardOf(memory, bytes).IndexOfAnyExcept(Guard) >= 0) return $"something was written behind an object of {bytes} bytes";
        }

        return null;
    }

    /// <summary>All bytes of an object, header included: whoever maps it can write them.</summary>
    public static unsafe Span<byte> BytesOf(MemoryObject memory) => new(memory.Base, (int)memory.Bytes - GuardBytes); // safe: the object

    public void Dispose()
    {
        foreach (var (memory, _) in _objects) memory.Dispose();
    }

    /// <summary>What a replicator does with complete checkpoints.</summary>
    private void Prepare()
    {
        if (!_joined && Board.RequestedMode == ReplicationMode.Joining && Board.TryGetJoinBarrier(out var barrier) && Board.Completed >= barrier)
        {
            _joined = true;
            _encoded = barrier - 1;
            Board.RequestMode(ReplicationMode.Latched);
        }

        if (!_joined) return;
        for (; _encoded < Board.Completed; _encoded++)
        {
            var length = Slots[Hostile + 1].Encode(_encoded + 1, _delta);
            if (!Delta.IsValid(_delta.AsSpan(0, length))) throw new InvalidOperationException("a delta was encoded that is not valid");
            Delta.Apply(_delta.AsSpan(0, length), Replica);
        }

        Board.Prepared = Board.Completed;
    }

    /// <summary>The same object with a guard behind it.</summary>
    private MemoryObject Own(MemoryObject model, ObjectKind kind, uint version)
    {
        var memory = MemoryObject.OnHeap(kind, version, model.Bytes + GuardBytes, model.Header.Count, model.Header.ElementBytes);
        GuardOf(memory, model.Bytes).Fill(Guard);
        _objects.Add((memory, model.Bytes));
        model.Dispose();
        return memory;
    }

    private static unsafe Span<byte> GuardOf(MemoryObject memory, long bytes) => new(memory.Base + bytes, GuardBytes); // safe: made so above

    /// <summary>Counts packets, drops those that say so in their last byte, and turns others back.</summary>
    private sealed class CountingFunction : INetworkFunction
    {
        private StateArray<ulong> _seen = null!;

        public void Initialise(StateDeclaration state) => _seen = state.Array<ulong>("seen", 64);

        public void Process(Batch batch)
        {
            foreach (var packet in batch)
            {
                var what = packet.Length == 0 ? (byte)0 : packet.Bytes[^1];
                _seen.Modify(what & 63)++;
                if (what == 1) batch.Drop(packet, DropReason.Policy);
                else if (what == 2) batch.TurnBack(packet);
                else batch.Forward(packet);
            }
        }

        public void Tick(long time) => _seen.Modify(0)++;
    }
}
