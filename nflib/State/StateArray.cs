using System.Runtime.CompilerServices;

namespace Holdfast.NfLib.State;

/// <summary>A fixed number of values in the state block.</summary>
public sealed class StateArray<T> where T : unmanaged
{
    private static readonly int Stride = ContainerLayout.StrideOf(Unsafe.SizeOf<T>());
    private readonly StateBlock _block;
    private readonly int _offset;

    internal StateArray(StateBlock block, int offset, int length)
    {
        _block = block;
        _offset = offset;
        Length = length;
    }

    public int Length { get; }

    /// <summary>A value, for reading.</summary>
    public ref readonly T this[int index] => ref _block.At<T>(OffsetOf(index));

    /// <summary>A value, to be changed.</summary>
    public ref T Modify(int index) => ref _block.MarkedAt<T>(OffsetOf(index));

    private int OffsetOf(int index)
    {
        if ((uint)index >= (uint)Length)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"the array has {Length} values");
        return _offset + index * Stride;
    }
}
