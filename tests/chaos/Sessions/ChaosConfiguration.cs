using System.Text.Json.Nodes;

namespace Holdfast.Chaos.Sessions;

/// <summary>What both kinds of chain have in their nodes' configurations.</summary>
internal static class ChaosConfiguration
{
    /// <summary>Milliseconds of silence. On a busy machine a living node is easily silent for the default's 50; that happens
    /// here too, but it should not be all that happens.</summary>
    private const int Detect = 100;

    /// <summary>Many more than anyone would want to live with.</summary>
    private const int DeathsPerMinute = 1000;

    public static void AddTo(JsonNode configuration)
    {
        configuration["replication"] = new JsonObject { ["detect"] = Detect };
        configuration["chain"]!["deathsPerMinute"] = DeathsPerMinute;
    }
}
