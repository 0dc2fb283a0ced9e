using Holdfast.NfLib.Wire;

namespace Holdfast.Judge;

/// <summary>
/// The terms of one node without another ruler in between: the first is announced by starting or taking over, each
/// further one by going on alone.
/// </summary>
internal sealed class Reign(ushort node, int life)
{
    public ushort Node => node;

    /// <summary>The number of the chain's life that it belongs to.</summary>
    public int Life => life;

    /// <summary>Another ruler came after it, in this life or in a new one.</summary>
    public bool WasEnded { get; set; }

    /// <summary>The highest clock released, per direction.</summary>
    public ulong[] LastReleased { get; } = new ulong[2];
}

internal sealed record Term(ulong Number, Reign Reign, Announcement Announcement);

/// <summary>Who ruled when, as the nodes announced it.</summary>
internal sealed class Terms
{
    private readonly SortedDictionary<ulong, Term> _terms = [];
    private readonly List<Life> _lives = [];

    private Terms() { }

    public int Count => _terms.Count;

    /// <summary>Lives of the chain: 1 and one more for each time that state was lost.</summary>
    public IReadOnlyList<Life> Lives => _lives;

    /// <summary>A term, or null when nobody announced it.</summary>
    public Term? Find(ulong number) => _terms.GetValueOrDefault(number);

    /// <summary>Orders the announcements by term, and notes what contradicts.</summary>
    public static Terms Read(Evidence evidence, Verdict verdict)
    {
        var terms = new Terms();
        Reign? reign = null;
        foreach (var (node, announcement) in evidence.Announcements.OrderBy(announced => announced.Announcement.Term))
        {
            if (terms.Find(announcement.Term) is { } known)
            {
                verdict.Add(Violation.Record, $"term {announcement.Term} was announced twice: by " +
                    $"{evidence.NameOf(known.Reign.Node)} and by {evidence.NameOf(node)}");
                continue;
            }

            var kept = announcement.Kind == AnnouncementKind.Resumed ? terms.LastReignOf(evidence.NameOf(node), evidence) : null;
            if (WhatIsWrong(reign, kept, node, announcement) is { } wrong)
                verdict.Add(Violation.Record, $"term {announcement.Term} of {evidence.NameOf(node)}: {wrong}");
            reign = terms.ReignOf(reign, kept, node, announcement);
            var term = new Term(announcement.Term, reign, announcement);
            terms._terms.Add(announcement.Term, term);
            terms._lives[reign.Life].Add(term);
        }

        foreach (var life in terms._lives) life.Close();
        verdict.Terms = terms.Count;
        verdict.StateLost = Math.Max(0, terms._lives.Count - 1);
        return terms;
    }

    /// <summary>The last reign of a process, which keeps its state when it is succeeded. It may have plugged in anew.
    /// </summary>
    private Reign? LastReignOf(string process, Evidence evidence) =>
        _terms.Values.LastOrDefault(term => evidence.NameOf(term.Reign.Node) == process)?.Reign;

    private static string? WhatIsWrong(Reign? before, Reign? kept, ushort node, in Announcement announcement) => announcement switch
    {
        { Kind: AnnouncementKind.Started } => null,
        { Kind: AnnouncementKind.Resumed } when kept is null =>
            "it rules again with the state it had, but the journal holds no earlier term of this process",
        _ when before is null => $"it was announced as {announcement.Kind}, but the journal holds no start before it",
        { Kind: AnnouncementKind.WentAlone } when before.Node != node => "it went on alone, but another node had ruled",
        { ClockBase: var from, CoveredClock: var covered } when from < covered =>
            $"its clocks begin above {from}, below the clock {covered} that it covers",
        { Kind: AnnouncementKind.TookOver or AnnouncementKind.WentAlone or AnnouncementKind.Resumed } => null,
        _ => $"it was announced as kind {(ulong)announcement.Kind}, which this program does not know",
    };

    private Reign ReignOf(Reign? before, Reign? kept, ushort node, in Announcement announcement)
    {
        if (announcement.Kind == AnnouncementKind.WentAlone && before?.Node == node) return before;
        if (before is not null) before.WasEnded = true;
        if (kept is not null) _lives.Add(new Life(_lives[kept.Life].Until(kept)));
        else if (before is null || announcement.Kind is AnnouncementKind.Started or AnnouncementKind.Resumed) _lives.Add(new Life([]));
        return new Reign(node, _lives.Count - 1);
    }
}
