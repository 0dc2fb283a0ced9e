using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Reads JSON, with comments and trailing commas, into nodes that know their place in the file.</summary>
internal ref struct SourceReader
{
    /// <summary>Deepest nesting of objects and arrays.</summary>
    public const int MaxDepth = 32;

    public static readonly JsonReaderOptions ReaderOptions = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = MaxDepth,
    };

    private readonly byte[] _utf8;
    private readonly string _file;
    private Utf8JsonReader _reader;
    private int _lineStart, _line, _scanned;

    private SourceReader(byte[] utf8, string file)
    {
        _utf8 = utf8;
        _file = file;
        _line = 1;
        _reader = new Utf8JsonReader(utf8, ReaderOptions);
    }

    /// <exception cref="ConfigurationException">It is not JSON; the position is where reading stopped.</exception>
    public static SourceNode Read(byte[] utf8, string file)
    {
        // Editors on some systems put a byte order mark in front; it is not a character of the file.
        if (utf8.AsSpan().StartsWith(Encoding.UTF8.Preamble)) utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        CheckEncoding(utf8, file);
        var source = new SourceReader(utf8, file);
        try
        {
            source._reader.Read();
            var root = source.ReadValue("");
            source._reader.Read(); // anything but comments behind the value is an error
            return root;
        }
        catch (JsonException error)
        {
            var line = (int)(error.LineNumber ?? 0);
            throw Refuse(Locate(utf8, file, line, (int)(error.BytePositionInLine ?? 0)), "",
                $"this is not JSON: {WithoutPlace(error.Message)}; correct it here or just before");
        }
    }

    private SourceNode ReadValue(string path)
    {
        var start = (int)_reader.TokenStartIndex;
        var position = PositionOf(start);
        List<SourceMember> members = [];
        List<SourceNode> items = [];
        var text = "";
        JsonValueKind kind;
        switch (_reader.TokenType)
        {
            case JsonTokenType.StartObject:
                kind = JsonValueKind.Object;
                ReadMembers(path, members);
                break;
            case JsonTokenType.StartArray:
                kind = JsonValueKind.Array;
                while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadValue($"{path}[{items.Count}]"));
                break;
            case JsonTokenType.String:
                kind = JsonValueKind.String;
                text = ReadText(position, path);
                break;
            case JsonTokenType.Number:
                kind = JsonValueKind.Number;
                text = Encoding.UTF8.GetString(_reader.ValueSpan);
                break;
            case JsonTokenType.True:
                kind = JsonValueKind.True;
                break;
            case JsonTokenType.False:
                kind = JsonValueKind.False;
                break;
            default:
                kind = JsonValueKind.Null;
                break;
        }

        return new SourceNode(kind, position, text, members, items, _utf8.AsMemory(start..(int)_reader.BytesConsumed));
    }

    private void ReadMembers(string path, List<SourceMember> members)
    {
        var seen = new Dictionary<string, FilePosition>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var position = PositionOf((int)_reader.TokenStartIndex);
            var key = ReadText(position, path);
            var child = path.Length == 0 ? key : $"{path}.{key}";
            if (!seen.TryAdd(key, position))
                throw Refuse(position, child, $"this key stands at line {seen[key].Line} already; keep one of the two");
            _reader.Read();
            members.Add(new SourceMember(key, position, ReadValue(child)));
        }
    }

    private readonly string ReadText(FilePosition position, string path)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException) // half of a surrogate pair, written as an escape
        {
            throw Refuse(position, path, "this text has a \\u escape that is no character; write the character itself");
        }
    }

    /// <summary>Positions are asked for in rising order, so each line is looked at once.</summary>
    private FilePosition PositionOf(int at)
    {
        for (; _scanned < at; _scanned++)
        {
            if (_utf8[_scanned] != '\n') continue;
            _line++;
            _lineStart = _scanned + 1;
        }

        return new FilePosition(_file, _line, 1 + CharactersIn(_utf8.AsSpan(_lineStart..at)));
    }

    private static void CheckEncoding(byte[] utf8, string file)
    {
        if (Utf8.IsValid(utf8)) return;
        var good = 0;
        while (Rune.DecodeFromUtf8(utf8.AsSpan(good), out _, out var length) == System.Buffers.OperationStatus.Done)
            good += length;
        var line = utf8.AsSpan(0, good).Count((byte)'\n');
        var start = utf8.AsSpan(0, good).LastIndexOf((byte)'\n') + 1;
        throw Refuse(Locate(utf8, file, line, good - start), "",
            $"byte 0x{utf8[good]:x2} is not UTF-8; save the file as UTF-8");
    }

    private static FilePosition Locate(byte[] utf8, string file, int line, int byteInLine)
    {
        var start = 0;
        for (var skipped = 0; skipped < line; skipped++)
            start += utf8.AsSpan(start).IndexOf((byte)'\n') + 1;
        var end = Math.Min(start + byteInLine, utf8.Length);
        return new FilePosition(file, line + 1, 1 + CharactersIn(utf8.AsSpan(start..end)));
    }

    /// <summary>UTF-8 bytes that begin a character.</summary>
    private static int CharactersIn(ReadOnlySpan<byte> utf8)
    {
        var characters = 0;
        foreach (var b in utf8) characters += (b & 0xC0) != 0x80 ? 1 : 0;
        return characters;
    }

    /// <summary>The reader appends its own, byte-wise idea of the place.</summary>
    private static string WithoutPlace(string message) => message.Split(" LineNumber:")[0].TrimEnd('.');

    private static ConfigurationException Refuse(FilePosition position, string path, string problem) =>
        new(new ConfigurationError(position, path, problem));
}
