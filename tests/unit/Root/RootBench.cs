using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A root with a chain of one NF that passes everything on; the test is the replicator and both ports.</summary>
internal sealed class RootBench : IDisposable
{
    public const long MinSpacing = 20_000, MaxInterval = 1_000_000;
    private readonly List<IDisposable> _memory = [];
    private readonly NfLoop _function;
    private readonly ChainControl _control;

    public RootBench(TestPort? left = null, TestPort? right = null)
    {
        Left = left ?? new TestPort();
        Right = right ?? new TestPort();
        _control = Own(ChainControl.OnHeap());
        var pool = Own(PacketPool.OnHeap(64));
        var rings = Own(ChainRings.OnHeap(functions: 1, 128, 128));
        var bells = Own(Doorbells.OnHeap(2));
        var block = Own(StateBlock.OnHeap());
        var slots = Own(DeltaSlots.OnHeap());
        var function = new Passing();
        var declaration = new StateDeclaration(block);
        function.Initialise(declaration);
        declaration.Complete();
        _function = new NfLoop(function, new NfAttachment
        {
            Control = _control, Pool = pool, Block = block, Slots = slots,
            Inputs = rings.OpenInputsOf(0), Outputs = rings.OpenOutputsOf(0), Returns = rings.OpenReturnsOf(0),
        });
        Buffers = new BufferTable(64);
        Root = new ChainRoot(new RootWiring
        {
            Control = _control, Pool = pool, Buffers = Buffers, Board = Board, Ports = [Left, Right],
            State = State = new RootState(Own(StateBlock.OnHeap()), Own(DeltaSlots.OnHeap())),
            Heads = rings.OpenHeads(), Tails = rings.OpenTails(), Returns = rings.OpenReturns(),
            Rings = rings.OpenViews(), Blocks = [block], Slots = [slots],
            Functions = [FunctionBell = new Doorbell(bells, Doorbells.OffsetOf(1))],
            WakeReplicator = () => { },
            MinSpacing = MinSpacing, MaxInterval = MaxInterval,
        });
    }

    public ChainRoot Root { get; }

    public Board Board { get; } = new();

    public BufferTable Buffers { get; }

    public RootState State { get; }

    /// <summary>Where the NF would sleep.</summary>
    public Doorbell FunctionBell { get; }

    public TestPort Left { get; }

    public TestPort Right { get; }

    public long Now { get; private set; }

    public RootBench Rule(ulong term = 1, ulong checkpoint = 0)
    {
        Board.Begin(new Rule(new Term(term, new NodeId(1)), checkpoint > 0 ? RuleOrigin.TookOver : RuleOrigin.Started, checkpoint, 0, 0), continues: false);
        return Step();
    }

    /// <summary>A standby joins and prepares; from now on outputs wait.</summary>
    public RootBench Protect()
    {
        Board.RequestMode(ReplicationMode.Joining);
        Step(MaxInterval);
        if (!Board.TryGetJoinBarrier(out var barrier)) throw new InvalidOperationException("no join barrier was closed");
        Board.RequestMode(ReplicationMode.Latched);
        Board.Prepared = barrier;
        return Step();
    }

    /// <summary>The root steps, and the NF unless it hangs.</summary>
    public RootBench Step(long nanoseconds = 1_000, bool functionHangs = false)
    {
        Now += nanoseconds;
        Root.DoWork(Now, Now);
        if (functionHangs) return this;
        while (_function.DoWork() > 0) { }
        Root.DoWork(Now, Now);
        return this;
    }

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }

    private sealed class Passing : INetworkFunction
    {
        private Counter _seen = null!;

        public void Initialise(StateDeclaration state) => _seen = state.Counter("seen");

        public void Process(Batch batch)
        {
            foreach (var packet in batch)
            {
                _seen.Add(1);
                batch.Forward(packet);
            }
        }

        public void Tick(long time)
        {
        }
    }
}
