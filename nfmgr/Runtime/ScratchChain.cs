using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>A chain of one NF, which counts packets and passes them on, on memory that no other process sees: for a root that runs
/// to warm up, or is stepped by a test.</summary>
internal sealed class ScratchChain : IDisposable
{
    private const uint LeastSlots = 1024;

    private readonly List<IDisposable> _memory = [];

    /// <param name="pool">Lives longer than this.</param>
    /// <param name="left">Port on the left.</param>
    /// <param name="right">Port on the right.</param>
    public ScratchChain(PacketPool pool, IPort left, IPort right)
    {
        var control = Own(ChainControl.OnHeap());
        var rings = Own(ChainRings.OnHeap(functions: 1, LeastSlots, Math.Max(LeastSlots, pool.Count)));
        var bells = Own(Doorbells.OnHeap(2));
        var block = Own(StateBlock.OnHeap());
        var slots = Own(DeltaSlots.OnHeap());
        var function = new Passing();
        var declaration = new StateDeclaration(block);
        function.Initialise(declaration);
        declaration.Complete();
        Function = new NfLoop(function, new NfAttachment
        {
            Control = control, Pool = pool, Block = block, Slots = slots,
            Inputs = rings.OpenInputsOf(0), Outputs = rings.OpenOutputsOf(0), Returns = rings.OpenReturnsOf(0),
        });
        Wiring = new RootWiring
        {
            Control = control, Pool = pool, Buffers = new BufferTable(pool.Count), Board = Board, Ports = [left, right],
            State = new RootState(Own(StateBlock.OnHeap()), Own(DeltaSlots.OnHeap())),
            Heads = rings.OpenHeads(), Tails = rings.OpenTails(), Returns = rings.OpenReturns(),
            Rings = rings.OpenViews(), Blocks = [block], Slots = [slots],
            Functions = [new Doorbell(bells, Doorbells.OffsetOf(1))],
            WakeReplicator = () => { },
        };
    }

    /// <summary>For one root, made by who owns this.</summary>
    public RootWiring Wiring { get; }

    /// <summary>What a replicator would tell the root.</summary>
    public Board Board { get; } = new();

    /// <summary>Stepped by who owns this.</summary>
    public NfLoop Function { get; }

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
