using Holdfast.Evaluation.Measuring;
using Holdfast.Evaluation.Reporting;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Evaluation;

public sealed class ResultsTests
{
    [Test]
    public void A_spread_is_a_plain_number_with_the_rest_beside_it()
    {
        var results = new Results();
        results.Put("throughput.chain3.twins.mpps", Spread.Of(3, 1, 2.123456789));
        results.Put("throughput.chain3.kills", 4);
        Assert.That(results.Root.ToJsonString(), Is.EqualTo("""
            {"throughput":{"chain3":{"twins":{"mpps":2.1235,"mppsLow":1,"mppsHigh":3,"mppsAll":[3,1,2.1235]},"kills":4}}}
            """));
    }

    [Test]
    public void A_table_is_what_a_spreadsheet_reads()
    {
        var table = new Table("name", "Mpps");
        table.Add("a, \"b\"", 1.5);
        Assert.That(table.ToCsv(), Is.EqualTo("name,Mpps\n\"a, \"\"b\"\"\",1.5\n"));
    }
}
