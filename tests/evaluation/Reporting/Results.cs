using System.Text.Json.Nodes;
using Holdfast.Evaluation.Measuring;

namespace Holdfast.Evaluation.Reporting;

/// <summary>results.json: figures by a path of keys.</summary>
internal sealed class Results
{
    public JsonObject Root { get; } = [];

    /// <param name="path">Keys with points between them; the last is the figure's.</param>
    /// <param name="value">A number, or whatever JSON can say.</param>
    public void Put(string path, JsonNode? value)
    {
        var keys = path.Split('.');
        var at = Root;
        foreach (var key in keys[..^1])
        {
            if (at[key] is not JsonObject next) at[key] = next = [];
            at = next;
        }

        at[keys[^1]] = value;
    }

    /// <summary>A number, rounded to what a reader needs.</summary>
    public void Put(string path, double value) => Put(path, JsonValue.Create(Rounded(value)));

    /// <summary>The median as a plain number; beside it Low, High and All.</summary>
    public void Put(string path, Spread spread)
    {
        Put(path, spread.Median);
        Put($"{path}Low", spread.Low);
        Put($"{path}High", spread.High);
        Put($"{path}All", new JsonArray([.. spread.All.Select(value => (JsonNode?)JsonValue.Create(Rounded(value)))]));
    }

    private static double Rounded(double value) => value == 0 || !double.IsFinite(value) ? 0
        : Math.Round(value, Math.Clamp(4 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 15));
}
