using Holdfast.NfLib.Wire;

namespace Holdfast.Judge;

/// <summary>
/// The terms of one node without another ruler in between: the first is announced by starting or taking over, each
/// further one by going on alone.
/// </summary>
internal sealed class Reign(ushort node, int life)
{
    public ushort Node => node;

    /// <summary>The chain's life that it belongs to; each begins with empty state.</summary>
    public int Life => life;

    /// <summary>Another ruler came after it, in this life or in a new one.</summary>
    public bool WasEnded { get; set; }

    /// <summary>The highest clock released, per direction.</summary>
    public ulong[] LastReleased { get; } = new ulong[2];
}

/// <summary>One term, and which of its inputs later rulers had in their state.</summary>
internal sealed record Term(ulong Number, Reign Reign, Announcement Announcement)
{
    /// <summary>Inputs with a higher clock are not in the state of some later term.</summary>
    public ulong Covered { get; set; } = ulong.MaxValue;
}

/// <summary>Who ruled when, as the nodes announced it.</summary>
internal sealed class Terms
{
    private readonly SortedDictionary<ulong, Term> _terms = [];

    private Terms() { }

    public int Count => _terms.Count;

    /// <summary>Lives of the chain: 1 and one more for each time that state was lost.</summary>
    public int Lives { get; private set; }

    /// <summary>A term, or null when nobody announced it.</summary>
    public Term? Find(ulong number) => _terms.GetValueOrDefault(number);

    /// <summary>Above which clock the last ruler of a life began.</summary>
    public ulong LastClockBase(int life) => _terms.Values.Last(term => term.Reign.Life == life).Announcement.ClockBase;

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

            if (terms.WhatIsWrong(reign, node, announcement) is { } wrong)
                verdict.Add(Violation.Record, $"term {announcement.Term} of {evidence.NameOf(node)}: {wrong}");
            reign = terms.ReignOf(reign, node, announcement);
            terms._terms.Add(announcement.Term, new Term(announcement.Term, reign, announcement));
        }

        terms.LimitCovered();
        verdict.Terms = terms.Count;
        verdict.StateLost = Math.Max(0, terms.Lives - 1);
        return terms;
    }

    private string? WhatIsWrong(Reign? before, ushort node, in Announcement announcement) => announcement switch
    {
        { Kind: AnnouncementKind.Started } => null,
        _ when before is null => $"it was announced as {announcement.Kind}, but the journal holds no start before it",
        { Kind: AnnouncementKind.WentAlone } when before.Node != node => "it went on alone, but another node had ruled",
        { ClockBase: var from, CoveredClock: var covered } when from < covered =>
            $"its clocks begin above {from}, below the clock {covered} that it covers",
        { Kind: AnnouncementKind.TookOver or AnnouncementKind.WentAlone } => null,
        _ => $"it was announced as kind {(ulong)announcement.Kind}, which this program does not know",
    };

    private Reign ReignOf(Reign? before, ushort node, in Announcement announcement)
    {
        var starts = before is null || announcement.Kind == AnnouncementKind.Started;
        if (starts) Lives++;
        else if (announcement.Kind == AnnouncementKind.WentAlone && before!.Node == node) return before;
        if (before is not null) before.WasEnded = true;
        return new Reign(node, Lives - 1);
    }

    // What a ruler lacks, its successors lack too.
    private void LimitCovered()
    {
        Term? next = null;
        foreach (var term in _terms.Values.Reverse())
        {
            if (next is not null && next.Reign.Life == term.Reign.Life)
                term.Covered = Math.Min(next.Covered, next.Announcement.CoveredClock);
            next = term;
        }
    }
}
