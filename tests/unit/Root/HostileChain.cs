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

    private readonly List<(MemoryObject Memory, ObjectHeader Header, long Bytes)> _objects = [];
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
        (Left, Right, Table, Poison, Board, Root, Villain) = Begin();
        StepRoot();
    }

    public int Functions { get; }

    public int Hostile { get; }

    public Villain Villain { get; private set; }

    public ChainControl Control { get; }

    public PacketPool Pool { get; }

    public ChainRings Rings { get; }

    public MemoryObject Bells { get; }

    /// <summary>The root's, then the NFs'.</summary>
    public StateBlock[] Blocks { get; }

    public DeltaSlots[] Slots { get; }

    public StateBlock Replica { get; }

    public QuietPort Left { get; private set; }

    public QuietPort Right { get; private set; }

    public BufferTable Table { get; private set; }

    public PoisonQueue Poison { get; private set; }

    public Board Board { get; private set; }

    public ChainRoot Root { get; private set; }

    public long Now { get; private set; } = 1_000_000_000;

    /// <summary>A new life of the chain in the same memory: a new root, new loops and a new villain. The villain's noise stays
    /// where nobody who begins would mind it.</summary>
    public HostileChain Restart()
    {
        foreach (var (memory, header, bytes) in _objects)
        {
            memory.Header = header;
            var behind = BytesOf(memory)[ObjectHeader.Bytes..];
            switch ((ObjectKind)header.Kind)
            {
                case ObjectKind.Ring or ObjectKind.Doorbells or ObjectKind.ChainControl:
                    behind.Clear();
                    break;
                case ObjectKind.StateBlock:
                    behind[..(StateBlock.DataOffset - ObjectHeader.Bytes)].Clear();
                    break;
                case ObjectKind.DeltaSlots:
                    for (var slot = 0; slot < DeltaSlots.Count; slot++) behind.Slice(slot * DeltaSlots.SlotBytes, 64).Clear();
                    break;
            }
        }

        (_encoded, _joined) = (0, false);
        (Left, Right, Table, Poison, Board, Root, Villain) = Begin();
        StepRoot();
        return this;
    }

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
        foreach (var (memory, _, bytes) in _objects)
        {
            if (GuardOf(memory, bytes).IndexOfAnyExcept(Guard) >= 0) return $"something was written behind an object of {bytes} bytes";
        }

        return null;
    }

    /// <summary>All bytes of an object, header included: whoever maps it can write them.</summary>
    public static unsafe Span<byte> BytesOf(MemoryObject memory) => new(memory.Base, (int)memory.Bytes - GuardBytes); // safe: the object

    public void Dispose()
    {
        foreach (var (memory, _, _) in _objects) memory.Dispose();
    }

    private (QuietPort, QuietPort, BufferTable, PoisonQueue, Board, ChainRoot, Villain) Begin()
    {
        for (var i = 0; i < Functions; i++)
        {
            if (i == Hostile) continue;
            var nf = new CountingFunction();
            var declaration = new StateDeclaration(Blocks[i + 1]);
            nf.Initialise(declaration);
            declaration.Complete();
            _loops[i] = new NfLoop(nf, new NfAttachment
            {
                Control = Control, Pool = Pool, Block = Blocks[i + 1], Slots = Slots[i + 1], Index = i,
                Inputs = Rings.OpenInputsOf(i), Outputs = Rings.OpenOutputsOf(i), Returns = Rings.OpenReturnsOf(i),
            });
        }

        var (left, right, table, board) = (new QuietPort(), new QuietPort(), new BufferTable(Buffers), new Board());
        var poison = new PoisonQueue(Functions, () => { });
        var root = new ChainRoot(new RootWiring
        {
            Control = Control, Pool = Pool, Buffers = table, Board = board, Ports = [left, right],
            State = new RootState(Blocks[0], Slots[0]),
            Heads = Rings.OpenHeads(), Tails = Rings.OpenTails(), Returns = Rings.OpenReturns(),
            Rings = Rings.OpenViews(), Blocks = Blocks[1..], Slots = Slots[1..],
            Functions = [.. Enumerable.Range(1, Functions).Select(i => new Doorbell(Bells, Doorbells.OffsetOf(i)))],
            WakeReplicator = () => { },
            Poison = poison,
            PacketsInChain = 100,
        });
        board.Begin(new Rule(new Term(1, new NodeId(1)), default, 0, 0, 0), continues: false);
        return (left, right, table, poison, board, root, new Villain(this));
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
        _objects.Add((memory, memory.Header, model.Bytes));
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
