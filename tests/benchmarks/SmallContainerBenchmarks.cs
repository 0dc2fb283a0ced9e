using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>Counter, array, pool and random source, per operation.</summary>
[MemoryDiagnoser]
public class SmallContainerBenchmarks
{
    private const int Operations = 32;
    private readonly int[] _indices = new int[Operations];
    private StateBlock _block = null!;
    private Counter _counter = null!;
    private StateArray<ulong> _array = null!;
    private Pool _pool = null!;
    private RandomSource _random = null!;

    [GlobalSetup]
    public void Make()
    {
        _block = StateBlock.Create("benchmark");
        var declaration = new StateDeclaration(_block);
        _counter = declaration.Counter("counter");
        _array = declaration.Array<ulong>("array", 1000);
        _pool = declaration.Pool("ports", 10_000);
        _random = declaration.Random("random");
        declaration.Complete();
        var random = new Random(1);
        for (var i = 0; i < Operations; i++) _indices[i] = random.Next(1000);
    }

    [GlobalCleanup]
    public void Free() => _block.Dispose();

    [Benchmark(OperationsPerInvoke = Operations)]
    public void CounterAdd()
    {
        for (var i = 0; i < Operations; i++) _counter.Add(1);
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public void ArrayModify()
    {
        foreach (var i in _indices) _array.Modify(i)++;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public ulong ArrayRead()
    {
        ulong sum = 0;
        foreach (var i in _indices) sum += _array[i];
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public void PoolTakeAndReturn()
    {
        for (var i = 0; i < Operations; i++)
        {
            if (_pool.TryTake(out var number)) _pool.Return(number);
        }
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public ulong RandomNext()
    {
        ulong sum = 0;
        for (var i = 0; i < Operations; i++) sum += _random.Next();
        return sum;
    }
}
