namespace Holdfast.NfLib.Functions;

/// <summary>A setting of an NF is unknown or has a value that it can't work with.</summary>
/// <param name="key">The setting, such as <c>rules[2].source</c>.</param>
/// <param name="value">What it was set to, as written.</param>
/// <param name="remedy">What to write instead.</param>
public sealed class NfSettingsException(string key, string value, string remedy)
    : Exception($"setting '{key}': {value} is refused; {remedy}")
{
    public string Key => key;

    public string Value => value;

    public string Remedy => remedy;
}
