using BenchmarkDotNet.Attributes;

namespace Holdfast.Benchmarks;

/// <summary>A page from one place to another, both in the cache: what systems pay that save whole pages.</summary>
public class CopyBenchmarks
{
    private const int PageBytes = 4096;

    private readonly byte[] _from = new byte[PageBytes], _to = new byte[PageBytes];

    [Benchmark]
    public void CopyPage() => _from.CopyTo(_to.AsSpan());
}
