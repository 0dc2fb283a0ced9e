using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>One NF's run loop with a batch of 32 packets and both neighbours in one thread: what a stage costs per
/// packet before the NF does anything.</summary>
[MemoryDiagnoser]
public class LoopBenchmarks
{
    private readonly List<IDisposable> _memory = [];
    private ChainControl _control = null!;
    private RingProducer _in = null!, _inRight = null!;
    private RingConsumer _out = null!, _outLeft = null!;
    private ulong _checkpoint;
    private NfLoop _loop = null!;

    [GlobalSetup]
    public void Make()
    {
        var control = _control = Own(ChainControl.Create());
        control.Active = true;
        var pool = Own(PacketPool.Create(64, preferHugePages: false));
        for (uint i = 0; i < 64; i++) pool.Fill(i, new byte[64]);
        var rings = Enumerable.Range(0, 5).Select(i => Own(RingLayout.Create($"ring-{i}", 256))).ToArray();
        _in = new RingProducer(rings[0]);
        _out = new RingConsumer(rings[1]);
        _inRight = new RingProducer(rings[2]);
        _outLeft = new RingConsumer(rings[3]);
        _loop = new NfLoop(new ForwardAll(), new NfAttachment
        {
            Control = control,
            Pool = pool,
            Block = Own(StateBlock.Create("benchmark")),
            Slots = Own(DeltaSlots.Create("benchmark")),
            Inputs = [new RingConsumer(rings[0]), new RingConsumer(rings[2])],
            Outputs = [new RingProducer(rings[1]), new RingProducer(rings[3])],
            Returns = new RingProducer(rings[4]),
        });
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Batch.MaxPackets)]
    public int ForwardBatch()
    {
        var room = Math.Min(_in.Room(Batch.MaxPackets), Batch.MaxPackets);
        for (var i = 0; i < room; i++) _in.Put(i, Descriptor.Packet((uint)i));
        _in.Publish(room);
        var work = _loop.DoWork();
        _out.Advance(_out.Available(Batch.MaxPackets));
        return work;
    }

    /// <summary>A checkpoint in which nothing has changed: a barrier on both inputs, passed on, and a capture.</summary>
    [Benchmark]
    public ulong PassBarrier()
    {
        var barrier = Descriptor.Barrier(++_checkpoint, join: false);
        _control.Prepared = _checkpoint - 1;
        _in.TryEnqueue(barrier);
        _inRight.TryEnqueue(barrier);
        while (_loop.DoWork() > 0)
        {
            // Until it has met both.
        }

        var passed = _out.Available(1) + _outLeft.Available(1);
        _out.Advance(_out.Available(1));
        _outLeft.Advance(_outLeft.Available(1));
        return passed == 2 ? _checkpoint : throw new InvalidOperationException("the barrier did not pass");
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }

    private sealed class ForwardAll : INetworkFunction
    {
        public void Initialise(StateDeclaration state) => state.Counter("none");

        public void Process(Batch batch)
        {
            foreach (var packet in batch) batch.Forward(packet);
        }

        public void Tick(long time) { }
    }
}
