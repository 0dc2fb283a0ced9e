using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Simulation;

/// <summary>
/// What must hold, told by what is visible from outside: which inputs were accepted with which clock, what was
/// released, and what each new ruler says it covers. Knows nothing of checkpoints.
/// </summary>
internal sealed class SimModel(int functions)
{
    private readonly Dictionary<SimNode, History> _histories = [];
    private int _releasedCount;

    public List<string> Violations { get; } = [];

    /// <summary>Only this invariant is of interest: for a broken variant that breaks another one first.</summary>
    public int? Only { get; init; }

    /// <summary>Outputs, of all lives of the chain.</summary>
    public int ReleasedCount => _releasedCount;

    public int AcceptedCount { get; private set; }

    /// <summary>An input got its clock.</summary>
    public void Accept(SimNode ruler, Direction direction, ulong clock, ulong value, bool tick)
    {
        AcceptedCount++;
        if (!_histories[ruler].TryAccept(direction, clock, value, tick)) Violate(2, $"clock {clock} was given to two inputs");
    }

    /// <summary>An output left a node.</summary>
    /// <param name="ruler">The node.</param>
    /// <param name="direction">Where to.</param>
    /// <param name="clock">Of the input that it came of.</param>
    /// <param name="value">What it carries.</param>
    /// <param name="isProtected">The node waits for another one that may rule.</param>
    public void Release(SimNode ruler, Direction direction, ulong clock, ulong value, bool isProtected)
    {
        var history = _histories[ruler];
        _releasedCount++;
        if (!history.Released.Add(clock)) Violate(2, $"clock {clock} was released twice");
        if (history.Find(clock) is not { } expected) Violate(4, $"clock {clock} was released but never accepted");
        else if (expected.Dropped) Violate(4, $"clock {clock} was released, the reference drops it");
        else if (expected.Direction != direction) Violate(4, $"clock {clock} left in the wrong direction");
        else if (expected.Value != value) Violate(4, $"clock {clock} left with {value:x16}, the reference has {expected.Value:x16}");
        if (isProtected) history.ProtectedRelease = Math.Max(history.ProtectedRelease, clock);
        // One that was succeeded unheard may still release what its successor has; more it never released under protection.
        if (clock > history.SucceededAt && !history.WentAlone)
            Violate(1, $"clock {clock} was released, but the successor covers only {history.SucceededAt}");
    }

    /// <summary>A node took a term.</summary>
    /// <param name="ruler">Which.</param>
    /// <param name="announcement">What it says.</param>
    /// <param name="isPlanned">The one before has handed over to it.</param>
    /// <param name="state">Its NFs' histories, per function and place.</param>
    public void Take(SimNode ruler, Announcement announcement, bool isPlanned, ulong[][] state)
    {
        switch (announcement.Kind)
        {
            case AnnouncementKind.Started:
                _histories[ruler] = new History(functions);
                break;
            case AnnouncementKind.TookOver:
                var before = _histories[ruler.Peer];
                if (before.ProtectedRelease > announcement.CoveredClock)
                    Violate(1, $"clock {before.ProtectedRelease} was released under protection, the new ruler covers {announcement.CoveredClock}");
                if (isPlanned && before.Accepted > announcement.CoveredClock)
                    Violate(1, $"a switchover lost clock {before.Accepted}, the new ruler covers {announcement.CoveredClock}");
                _histories[ruler] = before.Until(announcement.CoveredClock);
                before.SucceededAt = Math.Min(before.SucceededAt, announcement.CoveredClock);
                break;
            case AnnouncementKind.Resumed:
                _histories[ruler] = _histories[ruler].Until(announcement.CoveredClock);
                break;
            case AnnouncementKind.WentAlone:
                _histories[ruler].WentAlone = true;
                return; // inputs may be inside the chain that its NFs have not seen yet
        }

        for (var function = 0; function < functions; function++)
        {
            if (!state[function].SequenceEqual(_histories[ruler].StateOf(function)))
                Violate(3, $"term {announcement.Term}: NF {function} is not at clock {announcement.CoveredClock}");
        }
    }

    /// <summary>The ruler released under protection of a node that may rule; that node must have it.</summary>
    public void CheckHeir(ulong clock, NodeCore heir, ulong heirCovers)
    {
        if (heir.Role == NodeRole.Eligible && clock > heirCovers)
            Violate(5, $"clock {clock} was released, but the other node may rule and covers only {heirCovers}");
    }

    public void Violate(int invariant, string what)
    {
        if (Only is null || Only == invariant) Violations.Add($"invariant {invariant}: {what}");
    }
}
