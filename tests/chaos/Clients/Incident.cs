using System.Collections.Concurrent;

namespace Holdfast.Chaos.Clients;

/// <summary>What a client saw that must not be.</summary>
/// <param name="Client">Which kind of client.</param>
/// <param name="What">What happened.</param>
/// <param name="Began">When what broke had begun; a break is excused if the chain's state was lost since then.</param>
/// <param name="IsBreak">A connection broke; else something came twice or changed, for which there is no excuse.</param>
internal sealed record Incident(string Client, string What, DateTime Began, bool IsBreak);

/// <summary>Where clients write down what they saw.</summary>
internal sealed class Incidents
{
    private readonly ConcurrentQueue<Incident> _all = [];

    public void Add(Incident incident) => _all.Enqueue(incident);

    /// <summary>Those since the last call.</summary>
    public List<Incident> Take()
    {
        var taken = new List<Incident>();
        while (_all.TryDequeue(out var one)) taken.Add(one);
        return taken;
    }
}
