using System.Text.Json.Nodes;
using Holdfast.Chaos.Faults;

namespace Holdfast.Chaos.Reporting;

/// <summary>A promise that was broken, and where.</summary>
internal sealed record Violation(int Session, string Chain, int Round, string Faults, string What);

/// <param name="Milliseconds">How long.</param>
/// <param name="After">The faults of that round.</param>
internal sealed record Worst(double Milliseconds, int Session, int Round, string After);

/// <summary>What a run adds up to.</summary>
internal sealed class ChaosReport(ChaosOptions options, Action<string> progress)
{
    private readonly SortedDictionary<string, int> _faults = [];
    private readonly SortedDictionary<string, Worst> _outages = [];
    private readonly SortedDictionary<string, SortedDictionary<string, double>> _byFault = [];
    private readonly SortedDictionary<string, long> _figures = [];
    private readonly List<Violation> _violations = [];
    private Worst? _slowestRecovery;

    public int Sessions { get; set; }

    public int Rounds { get; private set; }

    public int Takeovers { get; set; }

    public int StatesLost { get; set; }

    /// <summary>Connections that ended because the chain's state was lost.</summary>
    public int ConnectionsLost { get; set; }

    /// <summary>Where the logs of sessions with violations are; null when there was none.</summary>
    public string? Logs { get; set; }

    public IReadOnlyList<Violation> Violations => _violations;

    public string Replay => $"scripts/chaos.sh --seed {options.Seed} --minutes {options.Minutes}";

    public void NoteRound(int session, int round, IReadOnlyList<Fault> faults, IReadOnlyDictionary<string, double> outages)
    {
        Rounds++;
        foreach (var fault in faults) _faults[$"{fault.Kind}"] = _faults.GetValueOrDefault($"{fault.Kind}") + 1;
        var after = string.Join(" and ", faults);
        foreach (var (client, milliseconds) in outages)
        {
            if (faults.Count == 1 && milliseconds > 0) NoteOne($"{faults[0].Kind}", client, milliseconds);
            if (milliseconds > (_outages.GetValueOrDefault(client)?.Milliseconds ?? 0)) _outages[client] = new Worst(milliseconds, session, round, after);
        }

        var heard = string.Join(", ", outages.Where(o => o.Value > 0).Select(o => $"{o.Key} {o.Value:0} ms"));
        progress($"session {session} round {round}: {after}{(heard.Length > 0 ? $"; silent for {heard}" : "")}");
    }

    private void NoteOne(string kind, string client, double milliseconds)
    {
        if (!_byFault.TryGetValue(kind, out var clients)) _byFault[kind] = clients = [];
        clients[client] = Math.Max(clients.GetValueOrDefault(client), Math.Round(milliseconds, 1));
    }

    public void NoteRecovery(long milliseconds, int session, int round, IReadOnlyList<Fault> faults)
    {
        if (milliseconds > (_slowestRecovery?.Milliseconds ?? 0)) _slowestRecovery = new Worst(milliseconds, session, round, string.Join(" and ", faults));
    }

    public void Add(IReadOnlyDictionary<string, long> figures)
    {
        foreach (var (name, count) in figures) _figures[name] = _figures.GetValueOrDefault(name) + count;
    }

    public void Violate(Violation violation)
    {
        _violations.Add(violation);
        progress($"VIOLATION in {InWords(violation)}");
    }

    public JsonObject ToJson() => new()
    {
        ["seed"] = options.Seed,
        ["minutes"] = options.Minutes,
        ["sessions"] = Sessions,
        ["rounds"] = Rounds,
        ["faults"] = new JsonObject(_faults.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value))),
        ["worstOutages"] = new JsonObject(_outages.Select(o => KeyValuePair.Create(o.Key, (JsonNode?)ToJson(o.Value)))),
        // Only rounds with one fault: of two nobody knows whose doing it was.
        ["worstOutagesByFault"] = new JsonObject(_byFault.Select(f => KeyValuePair.Create(f.Key,
            (JsonNode?)new JsonObject(f.Value.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value)))))),
        ["slowestRecovery"] = _slowestRecovery is { } slowest ? ToJson(slowest) : null,
        ["takeovers"] = Takeovers,
        ["statesLost"] = StatesLost,
        ["connectionsLostWithState"] = ConnectionsLost,
        ["figures"] = new JsonObject(_figures.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value))),
        ["violations"] = new JsonArray([.. _violations.Select(v => (JsonNode?)new JsonObject
        {
            ["session"] = v.Session,
            ["chain"] = v.Chain,
            ["round"] = v.Round,
            ["faults"] = v.Faults,
            ["what"] = v.What,
            ["replay"] = $"{Replay} --session {v.Session}",
        })]),
        ["logs"] = Logs,
        ["replay"] = Replay,
    };

    public string ToText()
    {
        var lines = new List<string>
        {
            $"{Sessions} sessions, {Rounds} rounds, {_faults.Values.Sum()} faults; {Takeovers} takeovers; state lost {StatesLost} times, with {ConnectionsLost} connections",
            $"faults: {string.Join(", ", _faults.Select(f => $"{f.Key} {f.Value}"))}",
            $"figures: {string.Join(", ", _figures.Select(f => $"{f.Key} {f.Value:N0}"))}",
        };
        lines.Add("longest silences after one fault alone:");
        lines.AddRange(_byFault.Select(f => $"  {f.Key}: {string.Join(", ", f.Value.Select(c => $"{c.Key} {c.Value:0} ms"))}"));
        lines.AddRange(_outages.Select(o => $"longest silence of {o.Key}: {InWords(o.Value)}"));
        if (_slowestRecovery is { } slowest) lines.Add($"slowest recovery of protection: {InWords(slowest)}");
        lines.AddRange(_violations.Select(v => $"VIOLATION in {InWords(v)}\n    replay: {Replay} --session {v.Session}"));
        if (Logs is not null) lines.Add($"logs: {Logs}");
        // A session counts once, however much was wrong in it.
        var failed = _violations.Select(v => v.Session).Distinct().Count();
        lines.Add($"{Sessions - failed} passed, {failed} failed; seed {options.Seed}, {_violations.Count} violations");
        return string.Join('\n', lines);
    }

    private static JsonObject ToJson(Worst worst) => new()
    {
        ["ms"] = Math.Round(worst.Milliseconds, 1),
        ["session"] = worst.Session,
        ["round"] = worst.Round,
        ["after"] = worst.After,
    };

    private static string InWords(Worst worst) => $"{worst.Milliseconds:0} ms in session {worst.Session} round {worst.Round}, after {worst.After}";

    private static string InWords(Violation v) => $"session {v.Session} ({v.Chain}) round {v.Round} after {v.Faults}: {v.What}";
}
