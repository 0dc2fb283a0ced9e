using System.Runtime.InteropServices;
using System.Text;

namespace Holdfast.NfLib.State;

/// <summary>
/// The content of a block's containers, read by its directory alone and without regard to slots, links and hash
/// seeds, so that two blocks can be compared that came about in different ways.
/// </summary>
public static class StateContent
{
    /// <summary>One line of text per counter, value, entry, or taken number; sorted, so equal states give equal lines.</summary>
    /// <exception cref="StateLayoutException">The block is not declared, or damaged.</exception>
    public static IReadOnlyList<string> Describe(ReadOnlySpan<byte> data)
    {
        if (data.Length != StateBlock.Bytes || !StateDirectory.IsDeclared(data))
            throw new StateLayoutException($"these {data.Length} bytes are not a declared state block");
        var lines = new List<string>();
        var offset = StateBlock.LineBytes;
        while (StateDirectory.TryRead(data, offset, out var entry))
        {
            Describe(entry, data.Slice(offset + StateBlock.LineBytes, entry.Length), lines);
            offset += StateBlock.LineBytes + entry.Length;
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>What one block holds and the other does not; empty when their contents are equal.</summary>
    public static IReadOnlyList<string> Differences(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var a = Describe(one).ToHashSet();
        var b = Describe(other).ToHashSet();
        return [.. a.Except(b).Select(line => $"only in the first: {line}"),
            .. b.Except(a).Select(line => $"only in the second: {line}")];
    }

    private static void Describe(in ContainerEntry entry, ReadOnlySpan<byte> data, List<string> lines)
    {
        var name = entry.NameText;
        switch (entry.Kind)
        {
            case ContainerKind.Counter or ContainerKind.Random:
                lines.Add($"{name} = {MemoryMarshal.Read<ulong>(data)}");
                break;
            case ContainerKind.Array:
                for (var i = 0; i < entry.Capacity; i++)
                    lines.Add($"{name}[{i}] = {Hex(data.Slice(i * entry.Stride, entry.ValueBytes))}");
                break;
            case ContainerKind.Map:
                DescribeMap(entry, name, data, lines);
                break;
            case ContainerKind.Pool:
                var taken = data[(StateBlock.LineBytes + ContainerLayout.RoundUp(2 * entry.Capacity, StateBlock.LineBytes))..];
                for (var i = 0; i < entry.Capacity; i++)
                {
                    if ((taken[i / 8] >> (i & 7) & 1) != 0) lines.Add($"{name}: {i} is taken");
                }

                break;
            default:
                throw new StateLayoutException($"'{name}' is of unknown kind {(int)entry.Kind}");
        }
    }

    private static void DescribeMap(in ContainerEntry entry, string name, ReadOnlySpan<byte> data, List<string> lines)
    {
        foreach (var range in MapEntries.Of(entry, data))
        {
            var stored = data[range];
            lines.Add($"{name}[{Hex(stored[..entry.KeyBytes])}] = {Hex(stored[entry.KeyBytes..])}");
        }
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
