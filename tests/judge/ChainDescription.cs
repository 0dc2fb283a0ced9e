using System.Text.Json;
using Holdfast.NfLib.Functions;

namespace Holdfast.Judge;

/// <summary>The functions of a chain, as the nodes' configuration file lists them under chain.functions.</summary>
internal sealed class ChainDescription
{
    private readonly List<(string Name, Func<JsonElement, INetworkFunction> Make, JsonElement Settings)> _functions = [];

    private ChainDescription() { }

    public IReadOnlyList<string> Names => [.. _functions.Select(function => function.Name)];

    /// <summary>Makes the NFs anew, from left to right.</summary>
    public IReadOnlyList<INetworkFunction> MakeFunctions() => [.. _functions.Select(function => function.Make(function.Settings))];

    /// <param name="path">The nodes' configuration: JSON with comments.</param>
    /// <param name="programs">Makes an NF from its settings, by the program's name.</param>
    /// <exception cref="JudgeException">The file is not readable, or names a program that the judge does not have.</exception>
    public static ChainDescription Read(string path, IReadOnlyDictionary<string, Func<JsonElement, INetworkFunction>> programs)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
            });
            var description = new ChainDescription();
            foreach (var function in document.RootElement.GetProperty("chain").GetProperty("functions").EnumerateArray())
                description.Add(function, path, programs);
            return description;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException
                                          or KeyNotFoundException or InvalidOperationException)
        {
            throw new JudgeException($"{path}: no chain.functions to be read there: {error.Message}");
        }
    }

    private void Add(JsonElement function, string path, IReadOnlyDictionary<string, Func<JsonElement, INetworkFunction>> programs)
    {
        var name = function.GetProperty("name").GetString() ?? "";
        var program = function.GetProperty("program").GetString() ?? "";
        if (!programs.TryGetValue(program, out var make))
            throw new JudgeException($"{path}: function '{name}' runs the program '{program}', which the judge does not " +
                $"have; it has {string.Join(", ", programs.Keys)}");
        var settings = function.TryGetProperty("settings", out var given) ? given.Clone() : JsonDocument.Parse("{}").RootElement;
        _functions.Add((name, make, settings));
    }
}
