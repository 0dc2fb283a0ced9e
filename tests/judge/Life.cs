using Holdfast.NfLib.Wire;

namespace Holdfast.Judge;

/// <summary>
/// A life of the chain: the terms whose inputs lead to its state. It begins with empty state, or with what a node had
/// kept when it was succeeded, so that the lives of a chain are a tree.
/// </summary>
/// <param name="inherited">The terms that led to the state it begins with.</param>
internal sealed class Life(IEnumerable<Term> inherited)
{
    private readonly List<Term> _path = [.. inherited];
    private readonly Dictionary<ulong, ulong> _covered = [];

    /// <summary>The last ruler's announcement.</summary>
    public Announcement Last => _path[^1].Announcement;

    public void Add(Term term) => _path.Add(term);

    /// <summary>The terms up to the last one of a reign.</summary>
    public IEnumerable<Term> Until(Reign reign) => _path.Take(_path.FindLastIndex(term => term.Reign == reign) + 1);

    /// <summary>Where inputs of a term that have a higher clock are in no state of this life any more; null when none
    /// ever was.</summary>
    public ulong? CoveredOf(ulong term) => _covered.TryGetValue(term, out var covered) ? covered : null;

    /// <summary>All terms are known: what a ruler lacks, its successors lack too.</summary>
    public void Close()
    {
        var covered = ulong.MaxValue;
        for (var i = _path.Count - 1; i >= 0; i--)
        {
            _covered[_path[i].Number] = covered;
            covered = Math.Min(covered, _path[i].Announcement.CoveredClock);
        }
    }
}
