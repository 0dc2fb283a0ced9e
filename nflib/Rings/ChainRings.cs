using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>
/// The rings of one chain: one per edge and direction, where edge i lies left of NF i, and one per NF for what it drops.
/// In the pairs, index 0 is left to right. Each end of a ring may be opened once: it keeps its place in itself.
/// </summary>
public sealed class ChainRings : IDisposable
{
    private readonly MemoryObject[] _toRight, _toLeft, _returns;

    internal ChainRings(int functions, uint edgeCapacity, uint returnCapacity, Func<string, uint, MemoryObject> make)
    {
        _toRight = [.. Enumerable.Range(0, functions + 1).Select(edge => make($"to-right-{edge}", edgeCapacity))];
        _toLeft = [.. Enumerable.Range(0, functions + 1).Select(edge => make($"to-left-{edge}", edgeCapacity))];
        _returns = [.. Enumerable.Range(0, functions).Select(function => make($"returns-{function}", returnCapacity))];
    }

    /// <summary>Rings that other processes can map.</summary>
    /// <param name="functions">NFs in the chain.</param>
    /// <param name="edgeCapacity">Descriptors per edge and direction, a power of two.</param>
    /// <param name="returnCapacity">Descriptors per return ring, a power of two.</param>
    public static ChainRings Create(int functions, uint edgeCapacity, uint returnCapacity) =>
        new(functions, edgeCapacity, returnCapacity, RingLayout.Create);

    /// <summary>The same in this process only.</summary>
    public static ChainRings OnHeap(int functions, uint edgeCapacity, uint returnCapacity) =>
        new(functions, edgeCapacity, returnCapacity, (_, capacity) => RingLayout.OnHeap(capacity));

    /// <summary>Into the first NF, and into the last for the way back.</summary>
    public RingProducer[] OpenHeads() => [new(_toRight[0]), new(_toLeft[^1])];

    /// <summary>Out of the last NF, and out of the first for the way back.</summary>
    public RingConsumer[] OpenTails() => [new(_toRight[^1]), new(_toLeft[0])];

    /// <summary>What each NF dropped.</summary>
    public RingConsumer[] OpenReturns() => [.. _returns.Select(ring => new RingConsumer(ring))];

    public RingConsumer[] OpenInputsOf(int function) => [new(_toRight[function]), new(_toLeft[function + 1])];

    public RingProducer[] OpenOutputsOf(int function) => [new(_toRight[function + 1]), new(_toLeft[function])];

    public RingProducer OpenReturnsOf(int function) => new(_returns[function]);

    /// <summary>All of them, to look at; may be opened as often as one likes.</summary>
    public RingViews OpenViews() => new([.. _toRight.Select(ring => new RingView(ring))], [.. _toLeft.Select(ring => new RingView(ring))],
        [.. _returns.Select(ring => new RingView(ring))]);

    /// <summary>The memory objects of an NF's inputs, outputs and return ring, in this order.</summary>
    public int[] DescriptorsOf(int function) => [.. MemoryOf(function).Select(ring => ring.Fd)];

    internal MemoryObject[] MemoryOf(int function) =>
        [_toRight[function], _toLeft[function + 1], _toRight[function + 1], _toLeft[function], _returns[function]];

    public void Dispose()
    {
        foreach (var ring in (MemoryObject[])[.. _toRight, .. _toLeft, .. _returns]) ring.Dispose();
    }
}
