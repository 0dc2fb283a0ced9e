namespace Holdfast.Tests.Unit.Architecture;

/// <summary>
/// A C# file taken apart into its code and its comments. Both keep the length and the lines of the text, with blanks
/// where the other, or a literal, stands; what an interpolated string computes counts as code.
/// </summary>
internal sealed class SourceText
{
    private readonly string _text;
    private readonly char[] _code, _comments;
    private int _at;

    public SourceText(string text)
    {
        _text = text;
        _code = [.. text.Select(c => c is '\n' ? '\n' : ' ')];
        _comments = [.. _code];
        ReadCode(inHole: false);
        Code = new string(_code);
        Comments = new string(_comments);
    }

    public string Code { get; }

    public string Comments { get; }

    private char Here => Ahead(0);

    private char Ahead(int distance) => _at + distance < _text.Length ? _text[_at + distance] : '\0';

    private void ReadCode(bool inHole)
    {
        var braces = 0;
        while (_at < _text.Length)
        {
            if (Here == '/' && Ahead(1) == '/') Keep(_comments, EndOf("\n", 0));
            else if (Here == '/' && Ahead(1) == '*') Keep(_comments, EndOf("*/", 2));
            else if (Here == '\'') SkipCharacter();
            else if (TryReadString()) { }
            else
            {
                if (Here == '{') braces++;
                if (Here == '}' && braces-- == 0 && inHole) return;
                Keep(_code, _at + 1);
            }
        }
    }

    private void Keep(char[] part, int end)
    {
        _text.CopyTo(_at, part, _at, end - _at);
        _at = end;
    }

    private int EndOf(string mark, int included)
    {
        var found = _text.IndexOf(mark, _at + included, StringComparison.Ordinal);
        return found < 0 ? _text.Length : found + included;
    }

    private void SkipCharacter()
    {
        _at++;
        while (_at < _text.Length && Here != '\'') _at += Here == '\\' ? 2 : 1;
        _at++;
    }

    private bool TryReadString()
    {
        var quote = 0;
        while (Ahead(quote) is '$' or '@') quote++;
        if (Ahead(quote) != '"') return false;
        var prefix = _text.AsSpan(_at, quote);
        var (hasHoles, isVerbatim) = (prefix.Contains('$'), prefix.Contains('@'));
        _at += quote;
        var quotes = 0;
        while (Ahead(quotes) == '"') quotes++;
        // Three or more: everything up to as many again is text. Two are an empty string.
        if (quotes >= 3 && !isVerbatim) _at = Math.Min(_text.Length, EndOfRaw(quotes));
        else if (quotes == 2) _at += 2;
        else ReadString(hasHoles, isVerbatim);
        return true;
    }

    private int EndOfRaw(int quotes) =>
        _text.IndexOf(new string('"', quotes), _at + quotes, StringComparison.Ordinal) is >= 0 and var end
            ? end + quotes
            : _text.Length;

    private void ReadString(bool hasHoles, bool isVerbatim)
    {
        for (_at++; _at < _text.Length; _at++)
        {
            if (Here == '\\' && !isVerbatim) _at++;
            else if (Here == '"' && isVerbatim && Ahead(1) == '"') _at++;
            else if (Here == '{' && hasHoles && Ahead(1) == '{') _at++;
            else if (Here == '{' && hasHoles)
            {
                _at++;
                ReadCode(inHole: true);
            }
            else if (Here == '"')
            {
                _at++;
                return;
            }
        }
    }
}
