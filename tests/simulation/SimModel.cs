using System.Runtime.InteropServices;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Tests.Simulation;

/// <summary>
/// What must hold, told by what is visible from outside: which inputs were accepted with which clock, what was
/// released, and what each new ruler says it covers. Knows nothing of checkpoints.
/// </summary>
internal sealed class SimModel(int functions)
{
    private readonly List<Accepted> _inputs = [];
    private readonly Dictionary<ulong, Output> _expected = [];
    private readonly HashSet<ulong> _released = [];
    private ulong[][] _state = Empty(functions);

    private sealed record Accepted(ulong Clock, int Place, ulong[] Before);

    private sealed record Output(Direction Direction, ulong Value, bool Dropped);

    /// <summary>Highest clock released while a standby was eligible, in the current line of terms.</summary>
    public ulong ProtectedRelease { get; private set; }

    public List<string> Violations { get; } = [];

    public int ReleasedCount => _released.Count;

    public int AcceptedCount { get; private set; }

    /// <summary>An input got its clock.</summary>
    public void Accept(Direction direction, ulong clock, ulong value, bool tick)
    {
        AcceptedCount++;
        var lane = tick ? SimFunction.LaneOfTick((long)value) : SimFunction.LaneOf(MemoryMarshal.AsBytes([value]));
        var place = SimFunction.PlaceOf(direction, lane);
        _inputs.Add(new Accepted(clock, place, [.. _state.Select(function => function[place])]));
        bool dropped = false, turned = false;
        var last = functions - 1;
        for (var step = 0; step < functions && !dropped && !turned; step++)
        {
            var function = direction == Direction.LeftToRight ? step : last - step;
            var salt = (ulong)function + 1;
            ref var history = ref _state[function][place];
            history = SimFunction.Mix(history, value, salt);
            if (tick) continue;
            dropped = SimFunction.IsDropped(value, salt);
            turned = !dropped && SimFunction.IsTurned(value, salt);
            value = history;
        }

        if (turned) direction = 1 - direction;

        if (!tick && !_expected.TryAdd(clock, new Output(direction, value, dropped)))
            Violate(2, $"clock {clock} was given to two inputs");
    }

    /// <summary>An output left a node.</summary>
    public void Release(Direction direction, ulong clock, ulong value, bool isProtected)
    {
        if (!_released.Add(clock)) Violate(2, $"clock {clock} was released twice");
        if (!_expected.TryGetValue(clock, out var expected)) Violate(4, $"clock {clock} was released but never accepted");
        else if (expected.Dropped) Violate(4, $"clock {clock} was released, the reference drops it");
        else if (expected.Direction != direction) Violate(4, $"clock {clock} left in the wrong direction");
        else if (expected.Value != value) Violate(4, $"clock {clock} left with {value:x16}, the reference has {expected.Value:x16}");
        if (isProtected) ProtectedRelease = Math.Max(ProtectedRelease, clock);
    }

    /// <summary>A node took a term.</summary>
    /// <param name="announcement">What it says.</param>
    /// <param name="state">Its NFs' histories, per function and direction.</param>
    public void Take(Announcement announcement, ulong[][] state)
    {
        switch (announcement.Kind)
        {
            case AnnouncementKind.Started:
                _state = Empty(functions);
                _inputs.Clear();
                _expected.Clear();
                _released.Clear();
                ProtectedRelease = 0;
                break;
            case AnnouncementKind.TookOver:
                if (ProtectedRelease > announcement.CoveredClock)
                    Violate(1, $"clock {ProtectedRelease} was released under protection, the new ruler covers {announcement.CoveredClock}");
                // Inputs that the new ruler does not cover never happened, for everybody.
                for (var i = _inputs.Count - 1; i >= 0 && _inputs[i].Clock > announcement.CoveredClock; i--)
                {
                    for (var function = 0; function < functions; function++)
                        _state[function][_inputs[i].Place] = _inputs[i].Before[function];
                    _inputs.RemoveAt(i);
                }

                break;
        }

        // A ruler that goes on alone may have inputs inside the chain that its NFs have not seen yet.
        if (announcement.Kind == AnnouncementKind.WentAlone) return;
        for (var function = 0; function < functions; function++)
        {
            if (!state[function].SequenceEqual(_state[function]))
                Violate(3, $"term {announcement.Term}: NF {function} is not at clock {announcement.CoveredClock}");
        }
    }

    /// <summary>The ruler released under protection of a node that may rule; that node must have it.</summary>
    public void CheckHeir(ulong clock, NodeCore heir, ulong heirCovers)
    {
        if (heir.Role == NodeRole.Eligible && clock > heirCovers)
            Violate(5, $"clock {clock} was released, but the other node may rule and covers only {heirCovers}");
    }

    /// <summary>Only this invariant is of interest: for a broken variant that breaks another one first.</summary>
    public int? Only { get; init; }

    public void Violate(int invariant, string what)
    {
        if (Only is null || Only == invariant) Violations.Add($"invariant {invariant}: {what}");
    }

    private static ulong[][] Empty(int functions) =>
        [.. Enumerable.Range(0, functions).Select(_ => new ulong[SimFunction.Places])];
}
