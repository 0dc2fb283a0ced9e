using System.Text;
using System.Text.Json;
using Holdfast.Nfmgr.Configuration;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Configuration;

/// <summary>The file as text: comments, positions, and everything that is no JSON.</summary>
public sealed class SourceReaderTests
{
    [Test]
    public void Comments_trailing_commas_and_byte_order_marks_are_fine()
    {
        var root = Read("\ufeff// head\n{ /* x */ \"a\": [1, 2,], // tail\n}\n// end\n");
        Assert.That(root.Members.Single().Value.Items.Select(i => i.Text), Is.EqualTo(new[] { "1", "2" }));
    }

    [Test]
    public void Every_node_knows_its_line_and_column_in_characters()
    {
        var root = Read("{\n\t\"ä€😀\": [ true,\r\n  {\"k\": \"v\"}, -1.5e3, null]\n}");
        var array = root.Members[0];
        Assert.That((array.Key, array.Position.Line, array.Position.Column), Is.EqualTo(("ä€😀", 2, 2)));
        Assert.That((array.Value.Position.Line, array.Value.Position.Column), Is.EqualTo((2, 9)));
        Assert.That(array.Value.Items.Select(i => (i.Kind, i.Position.Line, i.Position.Column)), Is.EqualTo(new[]
        {
            (JsonValueKind.True, 2, 11), (JsonValueKind.Object, 3, 3), (JsonValueKind.Number, 3, 15),
                (JsonValueKind.Null, 3, 23),
        }));
        Assert.That(Encoding.UTF8.GetString(array.Value.Items[1].Json.Span), Is.EqualTo("{\"k\": \"v\"}"));
    }

    [TestCase("", "1:1: this is not JSON: The input does not contain any JSON tokens")]
    [TestCase("{\n  \"a\" 1\n}", "2:7: this is not JSON: '1' is invalid after a property name")]
    [TestCase("{\n  \"ä\": x\n}", "2:8: this is not JSON: 'x' is an invalid start of a value")]
    [TestCase("{ \"a\": 1 ", "1:10: this is not JSON")]
    [TestCase("{} {}", "1:4: this is not JSON")]
    [TestCase("{ \"a\": [1 }", "1:11: this is not JSON")]
    [TestCase("{ \"a\": \"\\ud800\" }", "1:8: a: this text has a \\u escape that is no character")]
    [TestCase("{ \"a\": { \"b\": 1, \"c\": 2,\n \"b\": 3 } }",
        "2:2: a.b: this key stands at line 1 already; keep one of the two")]
    public void What_is_no_json_is_refused_with_its_place(string text, string error) =>
        Assert.That(() => Read(text),
            Throws.TypeOf<ConfigurationException>().With.Message.StartsWith($"f.json:{error}"));

    [Test]
    public void What_is_no_utf_8_is_refused_with_its_place()
    {
        byte[] bytes = [.. "{\n \"ä"u8, 0xFF, .. "\": 1 }"u8];
        Assert.That(() => SourceReader.Read(bytes, "f.json"), Throws.TypeOf<ConfigurationException>()
            .With.Message.EqualTo("f.json:2:4: byte 0xff is not UTF-8; save the file as UTF-8"));
    }

    [Test]
    public void Nesting_is_bounded()
    {
        var deepest = new string('[', SourceReader.MaxDepth) + new string(']', SourceReader.MaxDepth);
        Assert.That(() => Read(deepest), Throws.Nothing);
        Assert.That(() => Read($"[{deepest}]"), Throws.TypeOf<ConfigurationException>());
    }

    [Test]
    public void The_root_must_be_an_object() =>
        Assert.That(() => ConfigurationFile.Parse("[]"u8.ToArray(), "f.json"), Throws.TypeOf<ConfigurationException>()
            .With.Message.EqualTo("f.json:1:1: is an array; it must be an object, as { … }"));

    private static SourceNode Read(string text) => SourceReader.Read(Encoding.UTF8.GetBytes(text), "f.json");
}
