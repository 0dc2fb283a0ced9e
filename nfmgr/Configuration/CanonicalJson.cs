using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;

namespace Holdfast.Nfmgr.Configuration;

/// <summary>Writes a JSON value so that equal values give equal text: keys sorted, no blanks, one form per
/// number.</summary>
internal static class CanonicalJson
{
    public static string Write(JsonElement value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                AppendList(text, '{', '}', value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal),
                    member =>
                {
                    AppendString(text, member.Name);
                    text.Append(':');
                    Append(text, member.Value);
                });
                break;
            case JsonValueKind.Array:
                AppendList(text, '[', ']', value.EnumerateArray(), item => Append(text, item));
                break;
            case JsonValueKind.String:
                AppendString(text, value.GetString()!);
                break;
            case JsonValueKind.Number:
                text.Append(Number(value.GetRawText()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void AppendList<T>(StringBuilder text, char open, char close, IEnumerable<T> items, Action<T> append)
    {
        text.Append(open);
        var first = true;
        foreach (var item in items)
        {
            if (!first) text.Append(',');
            first = false;
            append(item);
        }

        text.Append(close);
    }

    /// <summary>Escapes everything but plain ASCII, so that the text doesn't depend on an encoder's taste.</summary>
    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            if (c is >= ' ' and <= '~' and not ('"' or '\\')) text.Append(c);
            else text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        text.Append('"');
    }

    /// <summary>Digits without zeros at their ends and a power of ten: 10, 10.0 and 1e1 all become 1e1.</summary>
    internal static string Number(string json)
    {
        var mantissa = json;
        var exponent = BigInteger.Zero; // as long as the file allows
        if (json.IndexOfAny(['e', 'E']) is var e and >= 0)
        {
            mantissa = json[..e];
            exponent = BigInteger.Parse(json[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        var negative = mantissa[0] == '-';
        if (negative) mantissa = mantissa[1..];
        if (mantissa.IndexOf('.') is var point and >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = mantissa.Remove(point, 1);
        }

        var digits = mantissa.TrimEnd('0');
        exponent += mantissa.Length - digits.Length;
        digits = digits.TrimStart('0');
        if (digits.Length == 0) return "0";
        return string.Create(CultureInfo.InvariantCulture, $"{(negative ? "-" : "")}{digits}e{exponent}");
    }
}
