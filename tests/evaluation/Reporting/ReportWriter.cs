using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.Evaluation.Reporting;

/// <summary>Writes results.json, the CSV files and report.html.</summary>
internal sealed class ReportWriter(Laboratory laboratory, Machine machine)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="IOException">They can't be written, or a plot can't be drawn.</exception>
    public void Write(IReadOnlyList<Section> sections)
    {
        var directory = laboratory.Options.Directory;
        foreach (var section in sections) File.WriteAllText(Path.Combine(directory, $"{section.Name}.csv"), section.Table.ToCsv());
        File.WriteAllText(Path.Combine(directory, "results.json"), Json().ToJsonString(Format) + "\n");
        File.WriteAllText(Path.Combine(directory, "report.html"), HtmlReport.Of(laboratory, machine, sections));
    }

    private JsonObject Json()
    {
        var json = (JsonObject)laboratory.Results.Root.DeepClone();
        json.Insert(0, "machine", new JsonObject(machine.Lines.Select(line => KeyValuePair.Create(line.Name, (JsonNode?)line.Value))));
        json.Insert(1, "quick", laboratory.Options.Quick);
        json.Insert(2, "violations", Texts(laboratory.Violations));
        json.Insert(3, "notes", Texts(laboratory.Notes));
        json.Insert(4, "commands", Texts(laboratory.Commands));
        return json;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);
}
