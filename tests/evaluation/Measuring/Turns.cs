namespace Holdfast.Evaluation.Measuring;

/// <summary>
/// Measures contestants in turns, A B A B …, so that what changes on the machine while it goes on meets all of them. Every
/// second round goes backwards: who comes after whom is no advantage.
/// </summary>
internal static class Turns
{
    /// <param name="count">Turns of each.</param>
    /// <param name="contestants">Who is compared.</param>
    /// <param name="measure">One turn of one of them.</param>
    /// <returns>What each measured, in the order of the turns.</returns>
    public static Dictionary<TContestant, List<TResult>> Take<TContestant, TResult>(int count, IReadOnlyList<TContestant> contestants,
        Func<TContestant, TResult> measure) where TContestant : notnull
    {
        var results = contestants.ToDictionary(contestant => contestant, _ => new List<TResult>());
        for (var turn = 0; turn < count; turn++)
        {
            foreach (var contestant in turn % 2 == 0 ? contestants : contestants.Reverse()) results[contestant].Add(measure(contestant));
        }

        return results;
    }
}
