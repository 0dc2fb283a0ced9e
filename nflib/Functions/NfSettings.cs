using System.Text.Json;

namespace Holdfast.NfLib.Functions;

/// <summary>Reads a value from a text; false when it makes no sense.</summary>
public delegate bool TryParse<T>(string text, out T value);

/// <summary>
/// Reads an NF's settings from a JSON object. <see cref="RefuseRest"/> refuses keys that nobody took, so that a
/// misspelt one is never silently ignored.
/// </summary>
public sealed class NfSettings
{
    private readonly JsonElement _settings;
    private readonly string _path;
    private readonly List<string> _known = [];

    /// <param name="settings">A JSON object.</param>
    /// <param name="path">Stands before keys in messages, such as <c>rules[2].</c>.</param>
    /// <exception cref="NfSettingsException">It is not an object.</exception>
    public NfSettings(JsonElement settings, string path = "")
    {
        if (settings.ValueKind != JsonValueKind.Object)
            throw new NfSettingsException(path.TrimEnd('.'), settings.GetRawText(), "give a JSON object, such as {}");
        _settings = settings;
        _path = path;
    }

    /// <summary>The value of a key, if there is one.</summary>
    public bool TryTake(string key, out JsonElement value)
    {
        _known.Add(key);
        return _settings.TryGetProperty(key, out value);
    }

    /// <summary>A whole number within a range.</summary>
    /// <exception cref="NfSettingsException">It is anything else; so with all others below.</exception>
    public int TakeInteger(string key, int otherwise, int least, int most)
    {
        if (!TryTake(key, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)
               && number >= least && number <= most
            ? number
            : throw Refused(key, $"give a whole number from {least} to {most}");
    }

    /// <summary>A time in seconds, which may be fractional: from 10 ms to about 31 years.</summary>
    public TimeSpan TakeSeconds(string key, TimeSpan otherwise)
    {
        if (!TryTake(key, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
               && seconds is >= 0.01 and <= 1e9
            ? TimeSpan.FromSeconds(seconds)
            : throw Refused(key, "give seconds as a number from 0.01 to 1000000000");
    }

    /// <summary>One of two words; true for the first. Without <paramref name="otherwise"/> the key must be
    /// there.</summary>
    public bool TakeEither(string key, string first, string second, bool? otherwise = null)
    {
        var exists = TryTake(key, out var value);
        if (!exists && otherwise is { } fallback) return fallback;
        if (exists && value.ValueKind == JsonValueKind.String)
        {
            if (value.ValueEquals(first)) return true;
            if (value.ValueEquals(second)) return false;
        }

        throw Refused(key, $"give \"{first}\" or \"{second}\"");
    }

    /// <summary>A value written as text; what <paramref name="otherwise"/> is when the key is not there.</summary>
    public T TakeText<T>(string key, TryParse<T> parse, T otherwise, string remedy)
    {
        if (!TryTake(key, out var value)) return otherwise;
        return value.ValueKind == JsonValueKind.String && parse(value.GetString()!, out var parsed)
            ? parsed
            : throw Refused(key, remedy);
    }

    /// <summary>What to throw when a key is missing or its value can't be used.</summary>
    public NfSettingsException Refused(string key, string remedy) =>
        new(_path + key, _settings.TryGetProperty(key, out var value) ? value.GetRawText() : "nothing", remedy);

    /// <exception cref="NfSettingsException">There is a key that was not taken.</exception>
    public void RefuseRest()
    {
        foreach (var property in _settings.EnumerateObject())
        {
            if (!_known.Contains(property.Name))
                throw Refused(property.Name, $"there is no such setting; known are {string.Join(", ", _known)}");
        }
    }
}
