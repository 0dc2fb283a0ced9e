using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Harness;

/// <summary>What came out of an <see cref="InProcessChain"/>; the frame is valid during the call.</summary>
public delegate void ChainOutput(Direction direction, ulong clock, ReadOnlySpan<byte> frame);

/// <summary>
/// A whole chain stepped inside one process, one input at a time, without failures: for tests of NFs from pcap to
/// pcap, and as the reference that real runs are judged by.
/// </summary>
public sealed class InProcessChain : IDisposable
{
    /// <summary>The root's ticks are this far apart, in nanoseconds.</summary>
    public const long TickInterval = 10_000_000;

    private const uint RingCapacity = 64, Buffers = 64;

    private readonly List<IDisposable> _memory = [];
    private readonly PacketPool _pool;
    private readonly NfLoop[] _loops;
    private readonly Func<int, INetworkFunction, NfLoop> _makeLoop;
    private readonly StateBlock[] _blocks;
    private readonly RingProducer[] _heads;
    private readonly RingConsumer[] _tails, _returns;
    private readonly ChainOutput _output;
    private readonly Stack<uint> _free = new();
    private long _lastTick;
    private ulong _clock;

    /// <param name="functions">The NFs from left to right.</param>
    /// <param name="output">Called for each packet that leaves the chain.</param>
    /// <param name="seeds">Seeds of the NFs' random sources, one per NF; zero for all when not given.</param>
    /// <param name="batchCommit">Whether the NFs journal their changes, as in processes that others can succeed.</param>
    public InProcessChain(IReadOnlyList<INetworkFunction> functions, ChainOutput output, IReadOnlyList<ulong>? seeds = null,
        bool batchCommit = false)
    {
        _output = output;
        _pool = Own(PacketPool.OnHeap(Buffers));
        for (uint i = 0; i < Buffers; i++) _free.Push(i);
        var control = Own(ChainControl.OnHeap());
        control.Active = true;
        control.Prepared = ulong.MaxValue;

        var n = functions.Count;
        var rings = Own(ChainRings.OnHeap(n, RingCapacity, RingCapacity));
        _heads = rings.OpenHeads();
        _tails = rings.OpenTails();
        _returns = rings.OpenReturns();
        _loops = new NfLoop[n];
        _blocks = new StateBlock[n];
        for (var i = 0; i < n; i++)
        {
            _blocks[i] = Own(StateBlock.OnHeap());
            var declaration = new StateDeclaration(_blocks[i], seeds?[i] ?? 0);
            functions[i].Initialise(declaration);
            declaration.Complete();
        }

        var slots = functions.Select(_ => Own(DeltaSlots.OnHeap())).ToArray();
        _makeLoop = (i, function) => new NfLoop(function, new NfAttachment
        {
            Control = control,
            Index = i,
            BatchCommit = batchCommit,
            Pool = _pool,
            Block = _blocks[i],
            Slots = slots[i],
            Inputs = rings.OpenInputsOf(i),
            Outputs = rings.OpenOutputsOf(i),
            Returns = rings.OpenReturnsOf(i),
        });
        for (var i = 0; i < n; i++) _loops[i] = _makeLoop(i, functions[i]);
    }

    /// <summary>The NFs' state, from left to right.</summary>
    public IReadOnlyList<StateBlock> Blocks => _blocks;

    /// <summary>Sends one frame through the chain, after the ticks that are due before its time.</summary>
    /// <param name="direction">Where it enters.</param>
    /// <param name="frame">The frame, at most <see cref="PacketPool.MaxFrameBytes"/> bytes.</param>
    /// <param name="time">Its time in nanoseconds since the Unix epoch; not before the last one.</param>
    public void Process(Direction direction, ReadOnlySpan<byte> frame, long time)
    {
        if (_lastTick == 0) _lastTick = time / TickInterval * TickInterval;
        // Ticks without packets in between only let entries expire, so of a long gap the last tick is enough.
        if (time - _lastTick >= TickInterval) Tick(time / TickInterval * TickInterval);
        Send(direction, frame, time, ++_clock);
        Run();
    }

    /// <summary>Sends one frame with a given clock, without making ticks; <see cref="Run"/> takes it through.</summary>
    public void Send(Direction direction, ReadOnlySpan<byte> frame, long time, ulong clock)
    {
        var buffer = _free.Pop();
        _pool.Fill(buffer, frame);
        ref var metadata = ref _pool.Metadata(buffer);
        metadata.Direction = (byte)direction;
        metadata.Time = time;
        metadata.Clock = clock;
        _heads[(int)direction].TryEnqueue(Descriptor.Packet(buffer));
    }

    /// <summary>Sends a tick through all NFs.</summary>
    public void Tick(long time)
    {
        _lastTick = time;
        _heads[0].TryEnqueue(Descriptor.Tick(time));
        Run();
    }

    /// <summary>Closes a checkpoint: a barrier from both sides, at which all NFs capture what they have changed.</summary>
    /// <param name="checkpoint">One more than the last.</param>
    public void Close(ulong checkpoint)
    {
        foreach (var head in _heads) head.TryEnqueue(Descriptor.Barrier(checkpoint, join: false));
        Run();
    }

    /// <summary>Puts a new loop in the place of one that an exception ended, as another process would be.</summary>
    /// <param name="index">The NF.</param>
    /// <param name="function">It, bound to its state.</param>
    public void Succeed(int index, INetworkFunction function) => _loops[index] = _makeLoop(index, function);

    /// <summary>Steps all NFs until nothing moves.</summary>
    public void Run()
    {
        int work;
        do
        {
            work = 0;
            foreach (var loop in _loops) work += loop.DoWork();
            work += Collect(Direction.LeftToRight) + Collect(Direction.RightToLeft);
        }
        while (work > 0);
    }

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    private int Collect(Direction direction)
    {
        var tail = _tails[(int)direction];
        var collected = 0;
        for (; tail.Available() > 0; collected++)
        {
            var descriptor = tail.Peek(0);
            if (descriptor.Kind == DescriptorKind.Packet)
            {
                var buffer = descriptor.Buffer;
                _output(direction, _pool.Metadata(buffer).Clock, _pool.Frame(buffer));
                _free.Push(buffer);
            }

            tail.Advance(1);
        }

        foreach (var returns in _returns)
        {
            for (; returns.Available() > 0; collected++)
            {
                _free.Push(returns.Peek(0).Buffer);
                returns.Advance(1);
            }
        }

        return collected;
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }
}
