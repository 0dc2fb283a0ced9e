using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Supervision;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The memory objects of one life of a chain, and which of them each NF may map.</summary>
internal sealed class ChainMemory : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly ChainRings _rings;
    private readonly MemoryObject _bells;
    private readonly int _functions;
    private readonly int _rootEventFd;

    public ChainMemory(IReadOnlyList<string> functions, int packetBuffers, int packetsInChain, bool hugePages, int rootEventFd)
    {
        _functions = functions.Count;
        _rootEventFd = rootEventFd;
        Control = Own(ChainControl.Create());
        Pool = Own(PacketPool.Create((uint)packetBuffers, hugePages));
        _rings = Own(ChainRings.Create(_functions,
            // Every packet of a direction, the barriers in flight and a tick fit into one ring, so none can overflow.
            System.Numerics.BitOperations.RoundUpToPowerOf2((uint)packetsInChain + 2 * DeltaSlots.Count + 8),
            // A return ring can hold the whole pool, so that dropping never waits.
            System.Numerics.BitOperations.RoundUpToPowerOf2((uint)packetBuffers)));
        _bells = Own(Doorbells.Create(_functions + 1));
        Blocks = [Own(StateBlock.Create("root")), .. functions.Select(name => Own(StateBlock.Create(name)))];
        foreach (var block in Blocks[1..]) RobustMutex.Initialise(block.Memory, StateBlock.LockOffset);
        Slots = [Own(DeltaSlots.Create("root")), .. functions.Select(name => Own(DeltaSlots.Create(name)))];
    }

    public ChainControl Control { get; }

    public PacketPool Pool { get; }

    /// <summary>The root's block, then the NFs' in chain order.</summary>
    public StateBlock[] Blocks { get; }

    public DeltaSlots[] Slots { get; }

    public Doorbell RootBell => new(_bells, Doorbells.OffsetOf(0), _rootEventFd);

    public RootWiring WireRoot(BufferTable buffers, RootState state, Board board, IPort[] ports, Action wakeReplicator,
        PoisonQueue quarantine, Configuration.DaemonConfiguration configuration) => new()
        {
            Control = Control,
            Pool = Pool,
            Buffers = buffers,
            State = state,
            Board = board,
            Ports = ports,
            Heads = _rings.OpenHeads(),
            Tails = _rings.OpenTails(),
            Returns = _rings.OpenReturns(),
            Rings = _rings.OpenViews(),
            Blocks = Blocks[1..],
            Slots = Slots[1..],
            Functions = [.. Enumerable.Range(1, _functions).Select(i => new Doorbell(_bells, Doorbells.OffsetOf(i)))],
            WakeReplicator = wakeReplicator,
            Poison = quarantine,
            PacketsInChain = configuration.Chain.PacketsInChain,
            JoinLines = configuration.Replication.JoinLines,
            MinSpacing = (long)configuration.Replication.MinSpacing.TotalNanoseconds,
            MaxInterval = (long)configuration.Replication.MaxInterval.TotalNanoseconds,
        };

    /// <summary>The descriptors for an NF, in the order of <see cref="AttachDescriptors"/>: only what it may touch.</summary>
    public int[] DescriptorsOf(int index) =>
    [
        Control.Memory.Fd,
        Pool.Memory.Fd,
        Blocks[index + 1].Memory.Fd,
        Slots[index + 1].Memory.Fd,
        _bells.Fd,
        .. _rings.DescriptorsOf(index),
        _rootEventFd,
    ];

    /// <summary>What the supervisor sees of an NF.</summary>
    public FunctionMemory SightOf(int index) => new(Control, index, Blocks[index + 1], _rings.OpenViews(), new Doorbell(_bells, Doorbells.OffsetOf(index + 1)));

    public void Dispose()
    {
        foreach (var memory in _owned) memory.Dispose();
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _owned.Add(memory);
        return memory;
    }
}
