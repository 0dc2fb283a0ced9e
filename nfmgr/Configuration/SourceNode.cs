using System.Text.Json;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>A JSON value and where it stands, so that errors can point at it.</summary>
/// <param name="Kind">Object, array, string, number, true, false or null.</param>
/// <param name="Position">Its first character.</param>
/// <param name="Text">A string's characters or a number's digits as written; else empty.</param>
/// <param name="Members">An object's members in the order of the file; none appears twice.</param>
/// <param name="Items">An array's values.</param>
/// <param name="Json">The value's own bytes, with comments as written.</param>
internal sealed record SourceNode(
    JsonValueKind Kind,
    FilePosition Position,
    string Text,
    IReadOnlyList<SourceMember> Members,
    IReadOnlyList<SourceNode> Items,
    ReadOnlyMemory<byte> Json)
{
    /// <summary>What a person would call this kind of value.</summary>
    public string KindName => Kind switch
    {
        JsonValueKind.True or JsonValueKind.False => "a boolean",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        JsonValueKind.Number => "a number",
        _ => "a string",
    };
}

/// <summary>A key of an object, where it stands, and its value.</summary>
internal sealed record SourceMember(string Key, FilePosition Position, SourceNode Value);
