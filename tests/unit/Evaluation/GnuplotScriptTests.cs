using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class GnuplotScriptTests
{
    [TestCase("plain", "'plain'")]
    [TestCase("it's", "'it''s'")]
    [TestCase("a \"b\" \\n $c `d`", "'a \"b\" \\n $c `d`'")]
    [TestCase("two\nlines", "'two lines'")]
    public void A_text_is_quoted_so_that_nothing_in_it_means_anything(string text, string quoted) => Assert.That(GnuplotScript.Quote(text), Is.EqualTo(quoted));

    [TestCase("plain", "\"plain\"")]
    [TestCase("a \"b\"", "\"a 'b'\"")]
    [TestCase("back\\slash\nEND", "\"back/slash END\"")]
    public void A_cell_of_data_ends_where_it_ends(string text, string cell) => Assert.That(GnuplotScript.Cell(text), Is.EqualTo(cell));

    [Test]
    public void Bars_have_three_columns_each_and_what_was_not_measured_is_no_number()
    {
        var script = GnuplotScript.Of(new BarPlot("title", "", "Mpps", ["one", "two"], [new Bars("a", [Spread.Of(1, 2, 3), null]), new Bars("b", [Spread.Of(0.5), Spread.Of(4)])]), "p");
        Assert.That(script, Does.Contain("\"one\" 2 1 3 0.5 0.5 0.5\n"));
        Assert.That(script, Does.Contain("\"two\" NaN NaN NaN 4 4 4\n"));
        Assert.That(script, Does.Contain("using 2:3:4:xtic(1) title 'a'").And.Contain("using 5:6:7:xtic(1) title 'b'"));
    }

    [Test]
    public void Lines_have_their_points()
    {
        var script = GnuplotScript.Of(new LinePlot("title", "x", "y", true, [new Line("a", [(1, 0.5), (1e6, 1)])]), "p");
        Assert.That(script, Does.Contain("set logscale x").And.Contain("$line0 << END\n1 0.5\n1000000 1\nEND\n").And.Contain("title 'a'"));
    }
}
