using Holdfast.NfLib.State;
using Holdfast.Replicator.Announcing;

namespace Holdfast.Replicator.Root;

/// <summary>The root's own replicated state: a block like an NF's, captured with them.</summary>
public sealed class RootState : IDisposable
{
    private readonly Counter _clock, _time;

    public RootState(StateBlock block, DeltaSlots slots)
    {
        Block = block;
        Slots = slots;
        var declaration = new StateDeclaration(block);
        _clock = declaration.Counter("clock");
        _time = declaration.Counter("time");
        Stations = [new StationTable(declaration, "leftStations"), new StationTable(declaration, "rightStations")];
        declaration.Complete();
    }

    public StateBlock Block { get; }

    public DeltaSlots Slots { get; }

    /// <summary>What the networks at the left and at the right port have seen behind them.</summary>
    public StationTable[] Stations { get; }

    /// <summary>The last logical clock given out.</summary>
    public ulong Clock => _clock.Value;

    /// <summary>The latest time given out, in nanoseconds since the Unix epoch.</summary>
    public long Time => (long)_time.Value;

    public void Set(ulong clock, long time)
    {
        _clock.Set(clock);
        _time.Set((ulong)time);
    }

    public void Dispose()
    {
        Block.Dispose();
        Slots.Dispose();
    }
}
