namespace Holdfast.Judge;

/// <summary>Positions in a list of inputs or outputs, ordered by clock; where clocks are the same, by position.
/// </summary>
internal sealed class ByClock
{
    private readonly ulong[] _clocks;
    private readonly int[] _positions;

    private ByClock(ulong[] clocks, int[] positions)
    {
        _clocks = clocks;
        _positions = positions;
    }

    public int Count => _positions.Length;

    public ulong Clock(int at) => _clocks[at];

    public int Position(int at) => _positions[at];

    /// <summary>The inputs of one life of the chain, and those that led to the state it began with.</summary>
    public static ByClock Of(ReadOnlySpan<Input> inputs, Terms terms, int life)
    {
        var (clocks, positions) = (new List<ulong>(), new List<int>());
        for (var i = 0; i < inputs.Length; i++)
        {
            if (terms.Find(inputs[i].Term)?.Reign.Life != life
                && !(terms.Lives[life].CoveredOf(inputs[i].Term) is { } inherited && inputs[i].Clock <= inherited)) continue;
            clocks.Add(inputs[i].Clock);
            positions.Add(i);
        }

        return Sorted([.. clocks], [.. positions]);
    }

    /// <summary>The outputs of one life of the chain.</summary>
    public static ByClock Of(ReadOnlySpan<Output> outputs, Terms terms, int life)
    {
        var (clocks, positions) = (new List<ulong>(), new List<int>());
        for (var i = 0; i < outputs.Length; i++)
        {
            if (terms.Find(outputs[i].Term)?.Reign.Life != life) continue;
            clocks.Add(outputs[i].Clock);
            positions.Add(i);
        }

        return Sorted([.. clocks], [.. positions]);
    }

    private static ByClock Sorted(ulong[] clocks, int[] positions)
    {
        Array.Sort(clocks, positions);
        // The sort is not stable; of equal clocks there are few.
        for (int start = 0, end; start < clocks.Length; start = end)
        {
            for (end = start + 1; end < clocks.Length && clocks[end] == clocks[start]; end++)
            {
            }

            if (end - start > 1) Array.Sort(positions, start, end - start);
        }

        return new ByClock(clocks, positions);
    }
}
