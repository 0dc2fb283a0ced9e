using System.Net;
using System.Text;

namespace Holdfast.Evaluation.Reporting;

/// <summary>report.html: one page that needs nothing beside it.</summary>
internal static class HtmlReport
{
    private const string Head = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Holdfast evaluation</title><style>
        body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
        table { border-collapse: collapse; font-size: 13px; margin: 1rem 0 } th, td { border-bottom: 1px solid #ddd; padding: .2rem .7rem; text-align: left }
        td { font-variant-numeric: tabular-nums } svg { width: 100%; height: auto } pre { background: #f6f6f6; padding: .7rem; overflow-x: auto; font-size: 12px }
        .wrong { color: #b00; font-weight: bold } .papers { color: #555 }
        </style></head><body>
        <h1>Holdfast evaluation</h1>

        """;

    public static string Of(Laboratory laboratory, Machine machine, IReadOnlyList<Section> sections)
    {
        var page = new StringBuilder(Head);
        foreach (var what in laboratory.Violations) page.Append($"<p class=\"wrong\">WRONG: {Text(what)}</p>\n");
        if (laboratory.Options.Quick) page.Append("<p>A quick run: turns are short, and its figures vary more than those of a full one.</p>\n");
        foreach (var note in laboratory.Notes) page.Append($"<p>{Text(note)}</p>\n");
        page.Append("<h2>The machine</h2>\n<table>\n");
        foreach (var (name, value) in machine.Lines) page.Append($"<tr><th>{Text(name)}</th><td>{Text(value)}</td></tr>\n");
        page.Append("</table>\n");
        foreach (var section in sections) Append(page, section);
        AppendCommands(page, laboratory);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Append(StringBuilder page, Section section)
    {
        page.Append($"<h2 id=\"{section.Name}\">{Text(section.Title)}</h2>\n<p>{Text(section.Method)}</p>\n");
        if (section.Papers.Length > 0) page.Append($"<p class=\"papers\">In the papers: {Text(section.Papers)}</p>\n");
        for (var i = 0; i < section.Plots.Count; i++)
            page.Append($"<figure>\n{Gnuplot.Draw(section.Plots[i], $"{section.Name}{i}")}</figure>\n");
        page.Append("<details open><summary>All figures</summary><table>\n<tr>");
        foreach (var column in section.Table.Columns) page.Append($"<th>{Text(column)}</th>");
        page.Append("</tr>\n");
        foreach (var row in section.Table.Rows) page.Append($"<tr>{string.Concat(row.Select(cell => $"<td>{Text(cell)}</td>"))}</tr>\n");
        page.Append("</table></details>\n");
    }

    private static void AppendCommands(StringBuilder page, Laboratory laboratory)
    {
        page.Append("<h2>Commands</h2>\n<p>Nodes are started as <code>nfmgr run --config FILE</code> with the configurations below, and told their load by ")
            .Append("<code>nfmgr load --config FILE --left RATE --right RATE --json</code>. Beside them:</p>\n")
            .Append($"<pre>{Text(string.Join('\n', laboratory.Commands))}</pre>\n");
        foreach (var (bed, configuration) in laboratory.Configurations)
            page.Append($"<details><summary>{Text(bed)}</summary><pre>{Text(configuration)}</pre></details>\n");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
