using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>
/// What batch commit costs per packet and NF: three NFs in a row, each of which changes one of 1,000 map entries a packet
/// (of its flow, in no order that a processor could foresee), with and without; and the same with rewriting headers.
/// </summary>
[MemoryDiagnoser]
public class BatchCommitBenchmarks
{
    private const int Functions = 3, Flows = 1000, Packets = 4096;

    private readonly List<IDisposable> _memory = [];
    private RingProducer _in = null!;
    private RingConsumer _out = null!;
    private NfLoop[] _loops = [];
    private uint _next;

    [Params(false, true)]
    public bool BatchCommit { get; set; }

    /// <summary>Bytes of each packet that each NF rewrites.</summary>
    [Params(0, 42, 64)]
    public int HeaderBytes { get; set; }

    [GlobalSetup]
    public void Make()
    {
        var control = Own(ChainControl.Create());
        control.Active = true;
        var pool = Own(PacketPool.Create(Packets, preferHugePages: false));
        var random = new Random(1);
        for (uint i = 0; i < Packets; i++)
        {
            var frame = new byte[64];
            MemoryMarshal.Write(frame.AsSpan(26), random.Next(Flows));
            pool.Fill(i, frame);
        }

        var rings = Own(ChainRings.Create(Functions, 256, 256));
        _in = rings.OpenHeads()[0];
        _out = rings.OpenTails()[0];
        _loops = [.. Enumerable.Range(0, Functions).Select(i =>
        {
            var block = Own(StateBlock.Create($"benchmark-{i}"));
            var nf = new CountFlows(HeaderBytes);
            var declaration = new StateDeclaration(block);
            nf.Initialise(declaration);
            declaration.Complete();
            return new NfLoop(nf, new NfAttachment
            {
                Control = control,
                Index = i,
                BatchCommit = BatchCommit,
                Pool = pool,
                Block = block,
                Slots = Own(DeltaSlots.Create($"benchmark-{i}")),
                Inputs = rings.OpenInputsOf(i),
                Outputs = rings.OpenOutputsOf(i),
                Returns = rings.OpenReturnsOf(i),
            });
        })];
        for (var i = 0; i < Packets / Batch.MaxPackets; i++) ThreeFunctions();
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    [Benchmark(OperationsPerInvoke = Batch.MaxPackets * Functions)]
    public int ThreeFunctions()
    {
        for (var i = 0; i < Batch.MaxPackets; i++) _in.Put(i, Descriptor.Packet(_next++ % Packets));
        _in.Publish(Batch.MaxPackets);
        var work = 0;
        foreach (var loop in _loops) work += loop.DoWork();
        _out.Advance(_out.Available(Batch.MaxPackets));
        return work;
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }

    private sealed class CountFlows(int headerBytes) : INetworkFunction
    {
        private Map<int, Traffic> _flows = null!;

        public void Initialise(StateDeclaration state) => _flows = state.Map<int, Traffic>("flows", Flows);

        public void Process(Batch batch)
        {
            foreach (var packet in batch)
            {
                ref var flow = ref _flows.Modify(_flows.FindOrAdd(MemoryMarshal.Read<int>(packet.Bytes[26..])));
                flow.Packets++;
                flow.Bytes += (ulong)packet.Length;
                if (headerBytes > 0) packet.Write(headerBytes)[14]++;
                batch.Forward(packet);
            }
        }

        public void Tick(long time) { }

        [StructLayout(LayoutKind.Sequential)]
        private struct Traffic
        {
            public ulong Packets, Bytes, Seen;

        }
    }
}
