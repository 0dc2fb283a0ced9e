using System.Text.Json.Nodes;

namespace Holdfast.Evaluation.Beds;

/// <summary>A chain, how it is protected, and what flows through it.</summary>
/// <param name="FrameBytes">Without FCS, so 60 are 64 on the wire; 0 is a mix.</param>
/// <param name="Flows">Five-tuples of each side.</param>
/// <param name="Waiting">What idle loops do: auto, poll, yield or sleep.</param>
internal sealed record BedPlan(ChainPlan Chain, Protection Protection, int FrameBytes = 60, int Flows = 64, string Waiting = "auto")
{
    public const int Mixed = 0;

    /// <summary>
    /// The configuration of one of its nodes. On a machine with few cores a living node or NF can be without a core for long,
    /// and has not failed; so nothing here is quick to say so.
    /// </summary>
    public string Configuration(string name, int listen, string peer, int peerPort)
    {
        var configuration = Unplaced(name, listen, peer, peerPort);
        if (Chain.IsPlaced)
        {
            configuration["rootCore"] = 0;
            foreach (var function in configuration["chain"]!["functions"]!.AsArray()) function!["core"] = Environment.ProcessorCount - 1;
        }

        return configuration.ToJsonString(Pretty);
    }

    private JsonObject Unplaced(string name, int listen, string peer, int peerPort) => new()
    {
        ["node"] = new JsonObject { ["name"] = name, ["stateDirectory"] = $"state-{name}", ["runtimeDirectory"] = "run" },
        ["listen"] = $"127.0.0.1:{listen}",
        ["peer"] = new JsonObject { ["name"] = peer, ["address"] = $"127.0.0.1:{peerPort}" },
        ["initialPrimary"] = "a",
        ["chain"] = new JsonObject
        {
            ["name"] = "evaluation",
            ["functions"] = new JsonArray([.. Chain.Functions.Select(function => new JsonObject
            {
                ["name"] = function.Name,
                ["program"] = function.Program,
                ["settings"] = JsonNode.Parse(function.Settings),
            })]),
            ["left"] = Port(),
            ["right"] = Port(),
            ["batchCommit"] = Protection >= Protection.BatchCommit,
            ["twins"] = Protection >= Protection.Twins,
            ["hangTimeout"] = 60_000,
            ["deathsPerMinute"] = 100_000,
        },
        // Who has no peer waits for one at its first start, for a multiple of this.
        ["replication"] = new JsonObject { ["detect"] = Protection == Protection.StandbyNode ? 2_000 : 50 },
        ["waiting"] = Waiting,
    };

    private static System.Text.Json.JsonSerializerOptions Pretty { get; } = new() { WriteIndented = true };

    private JsonObject Port() => new() { ["type"] = "generator", ["rate"] = 0, ["frameBytes"] = FrameBytes, ["flows"] = Flows };
}
