namespace Holdfast.NfLib.State;

/// <summary>
/// Random numbers whose generator is part of the state, so a takeover goes on with the same sequence. Not for keys:
/// SplitMix64 (Steele, Lea, Flood 2014), 8 bytes of state.
/// </summary>
public sealed class RandomSource
{
    private readonly StateBlock _block;
    private readonly int _offset;

    internal RandomSource(StateBlock block, int offset, ulong? seed)
    {
        _block = block;
        _offset = offset;
        if (seed is { } value) block.MarkedAt<ulong>(offset) = value;
    }

    /// <summary>Uniform over all 64-bit numbers.</summary>
    public ulong Next()
    {
        var z = _block.MarkedAt<ulong>(_offset) += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }

    /// <summary>Uniform over 0 to <paramref name="bound"/> - 1 (bias below 2^-32 for bounds below 2^32).</summary>
    public uint Next(uint bound) => (uint)Math.BigMul(Next(), bound, out _);
}
