using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.Functions;

/// <summary>One NF's run loop with both its neighbours played by the test, stepped by hand.</summary>
internal sealed class LoopRig : IDisposable
{
    private readonly List<IDisposable> _memory = [];

    public LoopRig(INetworkFunction nf, uint capacity = 64, uint returnsCapacity = 1024, uint buffers = 1024,
        KnownBadLoop knownBad = KnownBadLoop.None, Doorbell? neighbour = null)
    {
        Control = Own(ChainControl.OnHeap());
        Control.Active = true;
        Pool = Own(PacketPool.OnHeap(buffers));
        Block = Own(StateBlock.OnHeap());
        Slots = Own(DeltaSlots.OnHeap());
        var declaration = new StateDeclaration(Block);
        nf.Initialise(declaration);
        declaration.Complete();
        var rings = Enumerable.Range(0, 4).Select(_ => Own(RingLayout.OnHeap(capacity))).ToArray();
        var returns = Own(RingLayout.OnHeap(returnsCapacity));
        In = [new RingProducer(rings[0]), new RingProducer(rings[1])];
        Out = [new RingConsumer(rings[2]), new RingConsumer(rings[3])];
        Returned = new RingConsumer(returns);
        Loop = new NfLoop(nf, new NfAttachment
        {
            Control = Control,
            Pool = Pool,
            Block = Block,
            Slots = Slots,
            Inputs = [new RingConsumer(rings[0]), new RingConsumer(rings[1])],
            Outputs = [new RingProducer(rings[2]), new RingProducer(rings[3])],
            Returns = new RingProducer(returns),
            Neighbours = neighbour is null ? [] : [neighbour],
        }, knownBad);
    }

    public ChainControl Control { get; }

    public PacketPool Pool { get; }

    public StateBlock Block { get; }

    public DeltaSlots Slots { get; }

    public NfLoop Loop { get; }

    /// <summary>What the neighbours send: from the left, from the right.</summary>
    public RingProducer[] In { get; }

    /// <summary>What the neighbours get: on the right, on the left.</summary>
    public RingConsumer[] Out { get; }

    /// <summary>Dropped packets on their way back to nfmgr.</summary>
    public RingConsumer Returned { get; }

    public void Send(Direction direction, params ReadOnlySpan<Descriptor> descriptors)
    {
        foreach (var descriptor in descriptors)
        {
            if (!In[(int)direction].TryEnqueue(descriptor))
                throw new InvalidOperationException("the test sent too much");
        }
    }

    public void SendPackets(Direction direction, uint first, uint count)
    {
        for (var i = first; i < first + count; i++)
        {
            Pool.Metadata(i).Direction = (byte)direction;
            Send(direction, Descriptor.Packet(i));
        }
    }

    /// <summary>Takes everything from a ring.</summary>
    public static List<Descriptor> Drain(RingConsumer ring)
    {
        var all = new List<Descriptor>();
        for (; ring.Available() > 0; ring.Advance(1)) all.Add(ring.Peek(0));
        return all;
    }

    public List<Descriptor> Drain(Direction direction) => Drain(Out[(int)direction]);

    /// <summary>Steps until nothing moves; returns the work done.</summary>
    public int Run()
    {
        var sum = 0;
        for (int work; (work = Loop.DoWork()) > 0;) sum += work;
        return sum;
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
}

/// <summary>An NF that forwards, drops or leaves undecided as told per packet buffer, and counts in its
/// state.</summary>
internal sealed class ToldFunction : INetworkFunction
{
    public Dictionary<uint, DropReason?> Drops { get; } = [];

    public List<(Direction Direction, int Count)> Batches { get; } = [];

    public List<long> Ticks { get; } = [];

    public Counter Packets { get; private set; } = null!;

    public void Initialise(StateDeclaration state) => Packets = state.Counter("packets");

    public void Process(Batch batch)
    {
        Batches.Add((batch.Direction, batch.Count));
        foreach (var packet in batch)
        {
            Packets.Add(1);
            if (!Drops.TryGetValue(batch.BufferOf(packet.Position), out var reason)) batch.Forward(packet);
            else if (reason is { } known) batch.Drop(packet, known);
        }
    }

    public void Tick(long time) => Ticks.Add(time);
}
