namespace Holdfast.NfLib.State;

/// <summary>A 64-bit counter in the state block.</summary>
public sealed class Counter
{
    private readonly StateBlock _block;
    private readonly int _offset;

    internal Counter(StateBlock block, int offset)
    {
        _block = block;
        _offset = offset;
    }

    public ulong Value => _block.At<ulong>(_offset);

    public void Add(ulong amount) => _block.MarkedAt<ulong>(_offset) += amount;

    public void Set(ulong value) => _block.MarkedAt<ulong>(_offset) = value;
}
