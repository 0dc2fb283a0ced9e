namespace Holdfast.Evaluation.Beds;

/// <summary>Beds that are compared: all exist before the first is measured, and what was wrong with any is told.</summary>
internal sealed class BedGroup : IDisposable
{
    private readonly Laboratory _laboratory;
    private readonly List<Bed> _beds = [];

    public BedGroup(Laboratory laboratory, params IEnumerable<BedPlan> plans)
    {
        _laboratory = laboratory;
        try
        {
            foreach (var plan in plans)
            {
                _beds.Add(new Bed(plan, laboratory.NewDirectory()));
                laboratory.NoteConfiguration(_beds[^1]);
                // One after the other: all of them at once would wait for each other on a small machine.
                _beds[^1].Start();
                _beds[^1].Settle();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<Bed> Beds => _beds;

    public Bed With(Protection protection) => _beds.Single(bed => bed.Plan.Protection == protection);

    public void Dispose()
    {
        foreach (var bed in _beds)
        {
            foreach (var violation in bed.Violations) _laboratory.Violate($"{bed.Name}: {violation}");
            bed.Dispose();
        }
    }
}
