namespace Holdfast.Chaos.Faults;

/// <summary>The faults of a session, by its seed alone: rounds of one or two.</summary>
internal static class Schedule
{
    private const int LatestSecond = 1_200;

    /// <summary>Rounds without end. Every kind comes before any comes again.</summary>
    public static IEnumerable<IReadOnlyList<Fault>> Rounds(int seed, IReadOnlyList<FaultKind> kinds)
    {
        var random = new Random(seed);
        var deck = new Queue<FaultKind>();
        while (true)
        {
            var first = Draw(0);
            // Two at once are where nobody has thought of everything; but most violations are found, and understood, by one.
            yield return random.Next(3) == 0 ? [first, Draw(random.Next(LatestSecond))] : [first];
        }

        Fault Draw(int at)
        {
            if (deck.Count == 0)
            {
                var shuffled = kinds.ToArray();
                random.Shuffle(shuffled);
                foreach (var one in shuffled) deck.Enqueue(one);
            }

            var kind = deck.Dequeue();
            var (least, most) = Fault.Range(kind);
            return new Fault(kind, at, random.Next(least, most + 1), random.Next());
        }
    }

    /// <summary>Whether the newest state may be gone after these, because all who held it may have died.</summary>
    public static bool MayLoseState(IReadOnlyList<Fault> round) =>
        round.Any(f => f.Kind == FaultKind.KillBoth) || (round.Count > 1 && round.Any(f => f.EndsNode));
}
