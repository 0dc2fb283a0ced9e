using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>What batch commit saves before it changes, for a batch of 32; with forgetting it, as a commit does. Times are per line
/// and per packet.</summary>
[MemoryDiagnoser]
public class JournalBenchmarks
{
    private const int HeaderBytes = 64;

    private readonly List<IDisposable> _memory = [];
    private StateBlock _block = null!;
    private UndoJournal _lines = null!;
    private PacketJournal _packets = null!;

    [GlobalSetup]
    public void Make()
    {
        var pool = Own(PacketPool.Create(Batch.MaxPackets, preferHugePages: false));
        for (uint i = 0; i < Batch.MaxPackets; i++) pool.Fill(i, new byte[HeaderBytes]);
        _block = Own(StateBlock.Create("benchmark"));
        var rings = Enumerable.Range(0, 5).Select(i => Own(RingLayout.Create($"ring-{i}", 256))).ToArray();
        _packets = new BatchCommit(new NfAttachment
        {
            Control = Own(ChainControl.Create()),
            BatchCommit = true,
            Pool = pool,
            Block = _block,
            Slots = Own(DeltaSlots.Create("benchmark")),
            Inputs = [new RingConsumer(rings[0]), new RingConsumer(rings[2])],
            Outputs = [new RingProducer(rings[1]), new RingProducer(rings[3])],
            Returns = new RingProducer(rings[4]),
        }, KnownBadLoop.None).Packets!;
        _lines = _block.BeginJournaling();
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Batch.MaxPackets)]
    public int Lines()
    {
        for (var line = 0; line < Batch.MaxPackets; line++) _block.Mark(line * StateBlock.LineBytes, sizeof(ulong));
        var count = _lines.Count;
        _lines.Clear();
        return count;
    }

    [Benchmark(OperationsPerInvoke = Batch.MaxPackets)]
    public bool Headers()
    {
        for (var packet = 0; packet < Batch.MaxPackets; packet++) _packets.Touch(packet, (uint)packet, HeaderBytes);
        _packets.Clear();
        return _packets.IsEmpty;
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }
}
