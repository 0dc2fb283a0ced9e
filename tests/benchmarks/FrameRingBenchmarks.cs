using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Wire;

namespace Holdfast.Benchmarks;

/// <summary>32 frames over a wire's ring, both ends in one thread. Times are per frame.</summary>
[MemoryDiagnoser]
public class FrameRingBenchmarks
{
    private const int Burst = 32;
    private MemoryObject _memory = null!;
    private FrameRingProducer _producer = null!;
    private FrameRingConsumer _consumer = null!;
    private byte[] _frame = [];

    [Params(64, 1514)]
    public int FrameBytes { get; set; }

    [GlobalSetup]
    public unsafe void Make()
    {
        _frame = new byte[FrameBytes];
        _memory = WireLayout.Create("benchmark");
        // Safe: a wire's memory holds a frame ring of this size at this place.
        _producer = new FrameRingProducer(_memory.Base + WireLayout.ToNodeOffset, WireLayout.FrameRingBytes);
        _consumer = new FrameRingConsumer(_memory.Base + WireLayout.ToNodeOffset, WireLayout.FrameRingBytes);
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(OperationsPerInvoke = Burst)]
    public ulong WriteAndReadBurst()
    {
        for (ulong i = 0; i < Burst; i++) _producer.TryWrite(_frame, i, 1);
        _producer.Publish();
        ulong sum = 0;
        while (_consumer.TryPeek(out var frame, out var tag, out _))
        {
            sum += tag;
            _consumer.Take(frame.Length);
        }

        _consumer.Release();
        return sum;
    }
}
