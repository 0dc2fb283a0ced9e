using System.Globalization;

namespace Holdfast.Evaluation.Reporting;

/// <summary>Rows of figures, for the CSV file and the report.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    public IReadOnlyList<string> Columns => columns;

    public IReadOnlyList<string[]> Rows => _rows;

    public void Add(params object[] cells)
    {
        if (cells.Length != columns.Length) throw new ArgumentException($"{cells.Length} cells in a row of {columns.Length}", nameof(cells));
        _rows.Add([.. cells.Select(Text)]);
    }

    /// <summary>As a spreadsheet reads it.</summary>
    public string ToCsv() => string.Concat(_rows.Prepend(columns).Select(row => string.Join(',', row.Select(Quoted)) + "\n"));

    private static string Text(object cell) => cell switch
    {
        double number => number.ToString("G5", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    private static string Quoted(string cell) => cell.AsSpan().ContainsAny(",\"\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
