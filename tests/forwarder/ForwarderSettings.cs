using System.Text.Json;
using Holdfast.NfLib.Functions;

namespace Holdfast.Forwarder;

/// <param name="BytesPerBatch">How much of its state it changes with every batch, beside its counter.</param>
public sealed record ForwarderSettings(int BytesPerBatch)
{
    /// <summary>As much as a state block has beside the directory and the counter.</summary>
    public const int MostBytes = 62 << 10;

    /// <exception cref="NfSettingsException">A key is unknown or a value is bad.</exception>
    public static ForwarderSettings Parse(JsonElement json)
    {
        var settings = new NfSettings(json);
        var parsed = new ForwarderSettings(settings.TakeInteger("bytesPerBatch", 0, 0, MostBytes));
        settings.RefuseRest();
        return parsed;
    }
}
