using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>What a flow table costs per packet: 32 random keys of a map that is three quarters full.</summary>
[MemoryDiagnoser]
public class MapBenchmarks
{
    private const int Capacity = 1000, Held = 750, Keys = 32;
    private readonly FlowKey[] _keys = new FlowKey[Keys];
    private readonly FlowKey[] _newKeys = new FlowKey[Keys];
    private StateBlock _block = null!;
    private Map<FlowKey, FlowCount> _map = null!;

    [GlobalSetup]
    public void Make()
    {
        var random = new Random(1);
        _block = StateBlock.Create("benchmark");
        var declaration = new StateDeclaration(_block);
        _map = declaration.Map<FlowKey, FlowCount>("flows", Capacity);
        declaration.Complete();
        for (var i = 0; i < Held; i++) _map.FindOrAdd(Key(i));
        for (var i = 0; i < Keys; i++)
        {
            _keys[i] = Key(random.Next(Held));
            _newKeys[i] = Key(Held + i);
        }
    }

    [GlobalCleanup]
    public void Free() => _block.Dispose();

    [Benchmark(OperationsPerInvoke = Keys)]
    public ulong Find()
    {
        ulong sum = 0;
        foreach (ref readonly var key in _keys.AsSpan()) sum += _map[_map.Find(key)].Packets;
        return sum;
    }

    /// <summary>The heart of a monitor: find the flow, count the packet.</summary>
    [Benchmark(OperationsPerInvoke = Keys)]
    public void FindAndModify()
    {
        foreach (ref readonly var key in _keys.AsSpan())
        {
            ref var count = ref _map.Modify(_map.FindOrAdd(key));
            count.Packets++;
            count.Bytes += 64;
        }
    }

    [Benchmark(OperationsPerInvoke = Keys)]
    public void AddAndRemove()
    {
        foreach (ref readonly var key in _newKeys.AsSpan()) _map.FindOrAdd(key);
        foreach (ref readonly var key in _newKeys.AsSpan()) _map.Remove(_map.Find(key));
    }

    /// <summary>A tick that looks at every entry.</summary>
    [Benchmark(OperationsPerInvoke = Held)]
    public ulong Iterate()
    {
        ulong sum = 0;
        foreach (var slot in _map) sum += _map[slot].Packets;
        return sum;
    }

    private static FlowKey Key(int i) =>
        new() { Source = (uint)i * 2_654_435_761, Destination = 7, Ports = (uint)i, Protocol = 6 };

    private struct FlowKey
    {
        public uint Source, Destination, Ports, Protocol;
    }

    private struct FlowCount
    {
        public ulong Packets, Bytes;
    }
}
