using Holdfast.Chaos.Clients;

namespace Holdfast.Chaos.Sessions;

/// <summary>A protected chain with traffic through it, and whoever says whether the traffic is well.</summary>
internal interface IChain : IDisposable
{
    NodePair Pair { get; }

    /// <summary>Waits until traffic passes again.</summary>
    /// <exception cref="ViolationException">It does not within the bound.</exception>
    void AwaitTraffic();

    /// <summary>The longest silence of each kind of client since the last call, in milliseconds.</summary>
    IReadOnlyDictionary<string, double> TakeOutages();

    /// <summary>What clients saw since the last call.</summary>
    IReadOnlyList<Incident> TakeIncidents();

    /// <summary>The chain has lost its state at this time: connections that had begun before it are given up.</summary>
    /// <returns>How many.</returns>
    int GiveUpConnectionsBefore(DateTime time);

    /// <summary>Ends the traffic, and looks at what is left.</summary>
    /// <param name="stateWasLost">In this session: then connections may have broken.</param>
    SessionResult Finish(bool stateWasLost);
}

/// <param name="Figures">Counts that the report adds up, by name.</param>
/// <param name="Violations">What was wrong, in words.</param>
internal sealed record SessionResult(IReadOnlyDictionary<string, long> Figures, IReadOnlyList<string> Violations);
