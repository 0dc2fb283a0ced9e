using BenchmarkDotNet.Attributes;
using Holdfast.NfLib.State;

namespace Holdfast.Benchmarks;

/// <summary>A checkpoint's way from one instance's state to the other node's, by how many lines changed.</summary>
[MemoryDiagnoser]
public class DeltaBenchmarks
{
    private readonly byte[] _delta = new byte[Delta.MaxBytes];
    private StateBlock _block = null!, _replica = null!;
    private DeltaSlots _slots = null!;
    private int _length;

    /// <summary>Changed lines, spread evenly over the block's 1,024.</summary>
    [Params(1, 8, 64, 1024)]
    public int Lines { get; set; }

    [GlobalSetup]
    public void Make()
    {
        _block = StateBlock.Create("benchmark");
        _replica = StateBlock.Create("replica");
        _slots = DeltaSlots.Create("benchmark");
        new Random(1).NextBytes(_block.Data);
        MarkAndCapture();
        _length = _slots.Encode(1, _delta);
        if (!Delta.IsValid(_delta.AsSpan(0,
            _length))) throw new InvalidOperationException("the encoded delta is not valid");
    }

    [GlobalCleanup]
    public void Free()
    {
        _block.Dispose();
        _replica.Dispose();
        _slots.Dispose();
    }

    /// <summary>A capture forgets the marks, so this marks anew; <see cref="Mark"/> is to be subtracted.</summary>
    [Benchmark]
    public int MarkAndCapture()
    {
        Mark();
        return _slots.Capture(_block, 1);
    }

    [Benchmark]
    public void Mark()
    {
        for (var line = 0; line < StateBlock.Lines; line += StateBlock.Lines / Lines)
            _block.Mark(line * StateBlock.LineBytes, StateBlock.LineBytes);
    }

    /// <summary>A capture when nothing has changed: looking at the masks.</summary>
    [Benchmark]
    public int Scan() => _slots.Capture(_block, 1);

    [Benchmark]
    public int Encode() => _slots.Encode(1, _delta);

    [Benchmark]
    public bool Check() => Delta.IsValid(_delta.AsSpan(0, _length));

    [Benchmark]
    public void Apply() => Delta.Apply(_delta.AsSpan(0, _length), _replica);
}
