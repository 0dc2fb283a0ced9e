namespace Holdfast.Generator.Wires;

/// <summary>Which tag an accepted input has, by its clock, for as many inputs as can be inside a chain. An entry that
/// was never asked for is overwritten in time.</summary>
internal sealed class TagTable
{
    // More than a wire's ring of records and any packet pool hold.
    private const int Places = 1 << 17;

    private readonly (ulong Clock, ulong Tag)[] _entries = new (ulong, ulong)[Places];

    // A free place holds a clock that belongs elsewhere (0 belongs to place 0, whose own clocks are never 1).
    public TagTable() => _entries[0].Clock = 1;

    public void Add(ulong clock, ulong tag) => _entries[clock % Places] = (clock, tag);

    /// <summary>Takes the tag out; false when there is none of this clock (any more).</summary>
    public bool TryTake(ulong clock, out ulong tag)
    {
        ref var entry = ref _entries[clock % Places];
        tag = entry.Tag;
        if (entry.Clock != clock) return false;
        entry = (clock + 1, 0);
        return true;
    }
}
