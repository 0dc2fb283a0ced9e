using System.Runtime.InteropServices;

namespace Holdfast.NfLib.State;

/// <summary>
/// Numbers to be taken and given back, such as a NAT's ports. First in, first out, so that a number rests as long as
/// possible before it is used again.
/// </summary>
/// <remarks>Layout: a header line; a circular queue of 2-byte numbers; a bit per number that is taken.</remarks>
public sealed class Pool
{
    private readonly StateBlock _block;
    private readonly int _header, _queue, _taken;

    internal Pool(StateBlock block, int offset, int size, bool fresh)
    {
        _block = block;
        Size = size;
        _header = offset;
        _queue = offset + StateBlock.LineBytes;
        _taken = _queue + ContainerLayout.RoundUp(2 * size, StateBlock.LineBytes);
        if (!fresh) return;
        for (var i = 0; i < size; i++) block.MarkedAt<ushort>(_queue + 2 * i) = (ushort)i;
        block.MarkedAt<PoolHeader>(_header).Free = size;
    }

    public int Size { get; }

    /// <summary>Numbers that can be taken.</summary>
    public int Free => _block.At<PoolHeader>(_header).Free;

    public bool IsTaken(int number) => (uint)number < (uint)Size && (TakenByte(number) & TakenBit(number)) != 0;

    /// <summary>Takes the number that has been free longest; false when none is.</summary>
    public bool TryTake(out int number)
    {
        number = -1;
        if (Free <= 0) return false;
        ref var header = ref _block.MarkedAt<PoolHeader>(_header);
        number = _block.At<ushort>(_queue + 2 * (int)((uint)header.Head % (uint)Size));
        if (number >= Size || IsTaken(number))
            throw new StateLayoutException($"a pool of {Size} numbers holds {number} as free; its block is damaged");
        header.Head = (header.Head + 1) % Size;
        header.Free--;
        _block.MarkedAt<byte>(_taken + number / 8) |= TakenBit(number);
        return true;
    }

    /// <exception cref="ArgumentOutOfRangeException">The number was not taken.</exception>
    public void Return(int number)
    {
        if (!IsTaken(number))
            throw new ArgumentOutOfRangeException(nameof(number), number, "the number is not taken from this pool");
        ref var header = ref _block.MarkedAt<PoolHeader>(_header);
        _block.MarkedAt<ushort>(_queue + 2 * (int)((uint)(header.Head + header.Free) % (uint)Size)) = (ushort)number;
        header.Free++;
        _block.MarkedAt<byte>(_taken + number / 8) &= (byte)~TakenBit(number);
    }

    private byte TakenByte(int number) => _block.At<byte>(_taken + number / 8);

    private static byte TakenBit(int number) => (byte)(1 << (number & 7));
}

[StructLayout(LayoutKind.Explicit, Size = StateBlock.LineBytes)]
internal struct PoolHeader
{
    [FieldOffset(0)] public int Head;
    [FieldOffset(4)] public int Free;
}
