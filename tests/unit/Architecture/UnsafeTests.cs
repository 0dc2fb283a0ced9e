using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Architecture;

/// <summary>Whatever is unsafe says, in a comment with "Safe:", what makes it safe.</summary>
public sealed partial class UnsafeTests
{
    [Test]
    public void Every_unsafe_piece_says_what_makes_it_safe() =>
        Assert.That(SourceTree.Code.SelectMany(Silent), Is.Empty);

    [Test]
    public void There_is_something_to_check() =>
        Assert.That(SourceTree.Code.Count(f => UnsafeWord().IsMatch(new SourceText(f.Text).Code)), Is.GreaterThan(10));

    [TestCase("unsafe class A(byte* b) { void F() { *b = 1; } }", 1)]
    [TestCase("unsafe class A { } // Safe: too late, it is behind the brace", 1)]
    [TestCase("unsafe class A { string F() => \"Safe: only a text\"; }", 1)]
    [TestCase("unsafe class A { int F() => 1; /* safe: yes */ }", 0)]
    [TestCase("// Safe: yes\n[Some]\npublic unsafe int F() => *_p;", 0)]
    [TestCase("public unsafe int F() => *_p;\n// Safe: belongs to what follows\nint G() => 1;", 1)]
    [TestCase("void F()\n{\n  unsafe { /* Safe: yes */ G(); }\n  unsafe { G(); }\n}", 1)]
    [TestCase("class A { } // an unsafe word in a comment", 0)]
    public void What_says_nothing_is_found(string code, int silent) =>
        Assert.That(Silent(new SourceFile("F.cs", code)).Count(), Is.EqualTo(silent));

    private static IEnumerable<string> Silent(SourceFile file)
    {
        var text = new SourceText(file.Text);
        foreach (Match word in UnsafeWord().Matches(text.Code))
        {
            var start = StartOf(text, word.Index);
            if (SafeWord().IsMatch(text.Comments[start..EndOf(text.Code, word.Index)])) continue;
            var line = text.Code[..word.Index].Count(c => c == '\n') + 1;
            yield return $"{file.Path}:{line}: unsafe, without a comment \"Safe: why\"";
        }
    }

    /// <summary>The start of the line, and of the comments and attributes right above it.</summary>
    private static int StartOf(SourceText text, int at)
    {
        var start = LineStart(text.Code, at);
        while (start > 0)
        {
            var above = LineStart(text.Code, start - 1);
            var code = text.Code[above..start].Trim();
            var isPartOfIt = code.StartsWith('[') || code.Length == 0 && text.Comments[above..start].Trim().Length > 0;
            if (!isPartOfIt) break;
            start = above;
        }

        return start;
    }

    private static int LineStart(string text, int at) => at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    /// <summary>Behind the piece's closing brace, or its semicolon if it has no body in braces.</summary>
    private static int EndOf(string code, int at)
    {
        int depth = 0, braces = 0;
        for (; at < code.Length; at++)
        {
            if (code[at] is '(' or '{') depth++;
            if (code[at] is ')' or '}') depth--;
            if (code[at] == '{') braces++;
            if (depth == 0 && (code[at] == ';' || code[at] == '}' && braces > 0)) break;
        }

        // A remark at the end of a one-line piece belongs to it; behind a body in braces it does not.
        if (at < code.Length && code[at] == ';') at = code.IndexOf('\n', at) is >= 0 and var end ? end : code.Length;
        return Math.Min(at, code.Length);
    }

    [GeneratedRegex(@"\bunsafe\b")]
    private static partial Regex UnsafeWord();

    [GeneratedRegex(@"\b[Ss]afe:")]
    private static partial Regex SafeWord();
}
