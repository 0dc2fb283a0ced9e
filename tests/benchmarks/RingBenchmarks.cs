using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;

namespace Holdfast.Benchmarks;

/// <summary>A burst of 32 descriptors through a ring, both ends in one thread. Times are per descriptor.</summary>
[MemoryDiagnoser]
public class RingBenchmarks
{
    private const int Burst = 32;
    private MemoryObject _memory = null!;
    private RingProducer _producer = null!;
    private RingConsumer _consumer = null!;

    [GlobalSetup]
    public void Make()
    {
        _memory = RingLayout.Create("benchmark", 1024);
        _producer = new RingProducer(_memory);
        _consumer = new RingConsumer(_memory);
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(OperationsPerInvoke = Burst)]
    public ulong EnqueueAndDequeueBurst()
    {
        var room = Math.Min(_producer.Room(Burst), Burst);
        for (var i = 0; i < room; i++) _producer.Put(i, Descriptor.Packet((uint)i));
        _producer.Publish(room);
        var available = Math.Min(_consumer.Available(Burst), Burst);
        ulong sum = 0;
        for (var i = 0; i < available; i++) sum += _consumer.Peek(i).Value;
        _consumer.Advance(available);
        return sum;
    }
}
