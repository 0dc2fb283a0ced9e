using System.Globalization;
using System.Text.Json;
using Holdfast.NfLib.Memory;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>
/// Takes the known keys out of one object of a configuration and notes what is wrong with them. After an error it
/// goes on with a stand-in, so that one run shows all errors; <see cref="BindContext.ThrowIfAny"/> comes last.
/// </summary>
internal sealed class ObjectBinder
{
    private readonly SourceNode _node;
    private readonly string _path;
    private readonly BindContext _context;
    private readonly List<string> _known = [];

    public ObjectBinder(SourceNode node, string path, BindContext context)
    {
        _node = node;
        _path = path;
        _context = context;
        if (node.Kind != JsonValueKind.Object) WrongKind(node, path, "an object, as { … }");
    }

    public FilePosition Position => _node.Position;

    /// <summary>The full path of a key of this object.</summary>
    public string PathOf(string key) => _path.Length == 0 ? key : $"{_path}.{key}";

    /// <summary>The value of a key, or null when it is absent.</summary>
    public SourceNode? Find(string key)
    {
        if (!_known.Contains(key)) _known.Add(key);
        foreach (var member in _node.Members)
        {
            if (member.Key == key) return member.Value;
        }

        return null;
    }

    /// <summary>As <see cref="Find"/>; an absent key is an error.</summary>
    public SourceNode? Require(string key, string remedy)
    {
        var value = Find(key);
        // An object that is no object has its error already.
        if (value is null && _node.Kind == JsonValueKind.Object)
            _context.Add(_node.Position, PathOf(key), $"is missing; {remedy}");
        return value;
    }

    public ObjectBinder? Object(string key, bool required, string remedy = "") =>
        (required ? Require(key, remedy) : Find(key)) is { } node
            ? new ObjectBinder(node, PathOf(key), _context)
            : null;

    /// <summary>A text that must be there; <paramref name="form"/> says why it is refused and what to write, or
    /// null.</summary>
    public string Text(string key, string remedy, Func<string, string?> form) =>
        Require(key, remedy) is { } node ? Text(node, PathOf(key), form) ?? "" : "";

    /// <summary>A text that may be absent.</summary>
    public string? OptionalText(string key, Func<string, string?> form) =>
        Find(key) is { } node ? Text(node, PathOf(key), form) : null;

    /// <summary>One of a few words.</summary>
    public T Choice<T>(string key, T byDefault, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        if (Find(key) is not { } node) return byDefault;
        var words = new string[choices.Length];
        for (var i = 0; i < choices.Length; i++)
        {
            if (node.Kind == JsonValueKind.String && node.Text == choices[i].Word) return choices[i].Value;
            words[i] = choices[i].Word;
        }

        if (node.Kind != JsonValueKind.String) WrongKind(node, PathOf(key), "a string");
        else _context.Add(node.Position, PathOf(key),
            $"'{node.Text}' is unknown; {Spelling.Suggest(node.Text, words)}");
        return byDefault;
    }

    /// <summary>True or false.</summary>
    public bool Choice(string key, bool byDefault)
    {
        if (Find(key) is not { } node) return byDefault;
        if (node.Kind is JsonValueKind.True or JsonValueKind.False) return node.Kind == JsonValueKind.True;
        WrongKind(node, PathOf(key), "true or false, without quotes");
        return byDefault;
    }

    /// <summary>A whole number within bounds, both included; <paramref name="unit"/> as in "of milliseconds".</summary>
    public ulong Number(string key, ulong byDefault, ulong least, ulong most, string unit = "")
    {
        if (Find(key) is not { } node) return byDefault;
        var range = $"write a whole number {unit}{(unit.Length > 0 ? " " : "")}from {least} to {most}";
        if (node.Kind != JsonValueKind.Number)
        {
            WrongKind(node, PathOf(key), $"a number; {range}");
            return byDefault;
        }

        if (ulong.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            && value >= least && value <= most) return value;
        _context.Add(node.Position, PathOf(key), $"{node.Text} is not possible; {range}");
        return byDefault;
    }

    /// <summary>The number of a core; -1 when it is absent.</summary>
    public int Core(string key) => Find(key) is null ? -1 : (int)Number(key, 0, 0, Libc.MaxCores - 1, "of a core");

    /// <summary>An array's values with their paths; empty when it is absent or no array.</summary>
    public IEnumerable<(SourceNode Node, string Path)> Items(string key, string remedy)
    {
        if (Require(key, remedy) is not { } node) return [];
        if (node.Kind != JsonValueKind.Array) WrongKind(node, PathOf(key), "an array, as [ … ]");
        return node.Items.Select((item, i) => (item, $"{PathOf(key)}[{i}]"));
    }

    /// <summary>An array of texts.</summary>
    public string[] Texts(string key, string remedy, Func<string, string?> form) =>
        [.. Items(key, remedy).Select(item => Text(item.Node, item.Path, form) ?? "")];

    /// <summary>Refuses every key that was not asked for.</summary>
    public void End()
    {
        foreach (var member in _node.Members.Where(m => !_known.Contains(m.Key)))
            _context.Add(member.Position, PathOf(member.Key), $"unknown key; {Spelling.Suggest(member.Key, _known)}");
    }

    private string? Text(SourceNode node, string path, Func<string, string?> form)
    {
        if (node.Kind != JsonValueKind.String)
        {
            WrongKind(node, path, "a string");
            return null;
        }

        if (form(node.Text) is not { } wrong) return node.Text;
        _context.Add(node.Position, path, $"'{node.Text}' {wrong}");
        return null;
    }

    private void WrongKind(SourceNode node, string path, string wanted) =>
        _context.Add(node.Position, path, $"is {node.KindName}; it must be {wanted}");
}
