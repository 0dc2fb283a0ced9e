using System.Text.Json;
using Holdfast.NfLib.Functions;

namespace Holdfast.Chains.Limiter;

/// <param name="PacketsPerSecond">Of each host.</param>
/// <param name="Hosts">Hosts that are limited at the same time; 36 bytes of state each.</param>
public sealed record LimiterSettings(int PacketsPerSecond, int Hosts)
{
    /// <exception cref="NfSettingsException">A key is unknown or a value is bad.</exception>
    public static LimiterSettings Parse(JsonElement json)
    {
        var settings = new NfSettings(json);
        var parsed = new LimiterSettings(
            settings.TakeInteger("packetsPerSecond", 1000, 1, 1_000_000),
            settings.TakeInteger("hosts", 512, 1, 1024));
        settings.RefuseRest();
        return parsed;
    }
}
