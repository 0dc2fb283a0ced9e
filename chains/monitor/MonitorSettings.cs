using System.Text.Json;
using Holdfast.NfLib.Functions;

namespace Holdfast.Chains.Monitor;

public sealed record MonitorSettings
{
    /// <summary>How long a flow may be idle before it is forgotten.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>IPv4 flows that are counted at the same time; 68 bytes of state each.</summary>
    public int IPv4Flows { get; init; } = 640;

    /// <summary>IPv6 flows that are counted at the same time; 132 bytes of state each.</summary>
    public int IPv6Flows { get; init; } = 128;

    /// <exception cref="NfSettingsException">A key is unknown or a value is bad.</exception>
    public static MonitorSettings Parse(JsonElement json)
    {
        var settings = new NfSettings(json);
        var defaults = new MonitorSettings();
        var parsed = new MonitorSettings
        {
            IdleTimeout = settings.TakeSeconds("idleTimeout", defaults.IdleTimeout),
            IPv4Flows = settings.TakeInteger("ipv4Flows", defaults.IPv4Flows, 1, 943),
            IPv6Flows = settings.TakeInteger("ipv6Flows", defaults.IPv6Flows, 1, 487),
        };
        settings.RefuseRest();
        return parsed;
    }
}
