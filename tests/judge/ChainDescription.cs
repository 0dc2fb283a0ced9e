using System.Text.Json;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.State;

namespace Holdfast.Judge;

/// <summary>What the reference must be made of to be the nodes' chain.</summary>
/// <param name="Seed">Seeds the random sources of all functions.</param>
/// <param name="Functions">Names of the functions, and what makes them anew, from left to right.</param>
internal sealed record ChainDescription(ulong Seed, IReadOnlyList<(string Name, Func<INetworkFunction> Make)> Functions)
{
    public IEnumerable<string> Names => Functions.Select(function => function.Name);

    /// <summary>Reads chain.seed and chain.functions of the nodes' configuration, which is JSON with comments. Nodes
    /// check it thoroughly; this is only for the judge to know what they run.</summary>
    /// <param name="path">The configuration file.</param>
    /// <param name="programs">Makes an NF from its settings, by the program's name.</param>
    /// <exception cref="JudgeException">The file is not readable, or names a program that the judge lacks.</exception>
    public static ChainDescription Read(
        string path, IReadOnlyDictionary<string, Func<JsonElement, INetworkFunction>> programs)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions
            {
                CommentHandling = JsonCommentHandling.Skip,
                AllowTrailingCommas = true,
            });
            var chain = document.RootElement.GetProperty("chain");
            var seed = chain.TryGetProperty("seed", out var given) ? given.GetUInt64() : 0;
            var functions = chain.GetProperty("functions").EnumerateArray();
            return new ChainDescription(seed, [.. functions.Select(function => Read(function, path, programs))]);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException
                                          or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new JudgeException($"{path}: no chain can be read there: {error.Message}");
        }
    }

    /// <summary>Makes the reference.</summary>
    /// <exception cref="JudgeException">A function refuses its settings.</exception>
    public ReferenceChain MakeReference() => new(
        [.. Functions.Select(Make)],
        // As nodes seed their NFs: each by the chain's seed and its own name.
        [.. Names.Select(name => StableHash.Add(Seed ^ StableHash.Seed, name))]);

    private static INetworkFunction Make((string Name, Func<INetworkFunction> Make) function)
    {
        try
        {
            return function.Make();
        }
        catch (NfSettingsException error)
        {
            throw new JudgeException($"function '{function.Name}': {error.Message}");
        }
    }

    private static (string Name, Func<INetworkFunction> Make) Read(
        JsonElement function, string path, IReadOnlyDictionary<string, Func<JsonElement, INetworkFunction>> programs)
    {
        var name = function.GetProperty("name").GetString()!;
        var program = function.GetProperty("program").GetString()!;
        if (!programs.TryGetValue(program, out var make))
            throw new JudgeException($"{path}: function '{name}' runs the program '{program}', which the judge does " +
                $"not have; it has {string.Join(", ", programs.Keys)}");
        var settings = function.TryGetProperty("settings", out var given) ? given.Clone() : JsonElement.Parse("{}");
        return (name, () => make(settings));
    }
}
