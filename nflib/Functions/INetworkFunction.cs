using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>
/// A network function. Everything it wants to keep lives in the containers it declares; anything else is lost when
/// another process continues. Time comes with the packets and ticks, never from a clock, and random numbers from a
/// <see cref="RandomSource"/>, so that the same packets lead to the same state and outputs.
/// </summary>
public interface INetworkFunction
{
    /// <summary>Declares the containers, in the same order every time. Called once, before anything else.</summary>
    void Initialise(StateDeclaration state);

    /// <summary>Processes up to 32 packets of one direction, in order. Each is forwarded, turned back or dropped.</summary>
    void Process(Batch batch);

    /// <summary>Called every 10 ms of the root's time, also when no packets come.</summary>
    /// <param name="time">The root's time, in nanoseconds since the Unix epoch.</param>
    void Tick(long time);
}
