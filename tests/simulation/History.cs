using System.Runtime.InteropServices;
using Holdfast.NfLib.Packets;

namespace Holdfast.Simulation;

/// <summary>What one ruler has taken in, what its NFs' state must be after that, and what must come out. The history of its
/// successor branches off it.</summary>
internal sealed class History
{
    private readonly int _functions;
    private readonly List<Input> _inputs = [];
    private readonly Dictionary<ulong, Output> _outputs = [];
    private readonly ulong[][] _state;

    public History(int functions) : this(functions, [])
    {
    }

    private History(int functions, HashSet<ulong> released)
    {
        Released = released;
        _functions = functions;
        _state = [.. Enumerable.Range(0, functions).Select(_ => new ulong[SimFunction.Places])];
    }

    private sealed record Input(ulong Clock, int Place, ulong[] Before);

    /// <summary>What an input must lead to.</summary>
    public sealed record Output(Direction Direction, ulong Value, bool Dropped);

    /// <summary>Clocks released in this life of the chain, by whomever.</summary>
    public HashSet<ulong> Released { get; }

    /// <summary>Highest clock released while another node waited to take over.</summary>
    public ulong ProtectedRelease { get; set; }

    /// <summary>What the first successor covers.</summary>
    public ulong SucceededAt { get; set; } = ulong.MaxValue;

    /// <summary>The ruler has gone on without a successor, so that what it releases since is its own.</summary>
    public bool WentAlone { get; set; }

    /// <summary>The last clock taken in.</summary>
    public ulong Accepted => _inputs.Count == 0 ? 0 : _inputs[^1].Clock;

    public ReadOnlySpan<ulong> StateOf(int function) => _state[function];

    public Output? Find(ulong clock) => _outputs.GetValueOrDefault(clock);

    /// <summary>Runs an input through the reference.</summary>
    /// <returns>False if there was one of that clock already.</returns>
    public bool TryAccept(Direction direction, ulong clock, ulong value, bool tick)
    {
        var lane = tick ? SimFunction.LaneOfTick((long)value) : SimFunction.LaneOf(MemoryMarshal.AsBytes([value]));
        var place = SimFunction.PlaceOf(direction, lane);
        _inputs.Add(new Input(clock, place, [.. _state.Select(function => function[place])]));
        bool dropped = false, turned = false;
        for (var step = 0; step < _functions && !dropped && !turned; step++)
        {
            var function = direction == Direction.LeftToRight ? step : _functions - 1 - step;
            var salt = (ulong)function + 1;
            ref var history = ref _state[function][place];
            history = SimFunction.Mix(history, value, salt);
            if (tick) continue;
            dropped = SimFunction.IsDropped(value, salt);
            turned = !dropped && SimFunction.IsTurned(value, salt);
            value = history;
        }

        if (turned) direction = 1 - direction;
        return tick || _outputs.TryAdd(clock, new Output(direction, value, dropped));
    }

    /// <summary>This history, without what came after a clock: for a successor that never happened.</summary>
    public History Until(ulong clock)
    {
        var successor = new History(_functions, Released);
        for (var function = 0; function < _functions; function++) _state[function].CopyTo(successor._state[function], 0);
        var kept = _inputs.Count;
        for (; kept > 0 && _inputs[kept - 1].Clock > clock; kept--)
        {
            for (var function = 0; function < _functions; function++)
                successor._state[function][_inputs[kept - 1].Place] = _inputs[kept - 1].Before[function];
        }

        successor._inputs.AddRange(_inputs.Take(kept));
        foreach (var (at, output) in _outputs)
        {
            if (at <= clock) successor._outputs.Add(at, output);
        }

        return successor;
    }
}
