using Holdfast.NfLib.State;

namespace Holdfast.Tests.Unit.State;

/// <summary>Blocks as tests need them.</summary>
internal static class TestBlock
{
    /// <summary>Declares on a block and returns what was declared.</summary>
    public static T Declare<T>(StateBlock block, Func<StateDeclaration, T> declare, ulong seed = 0)
    {
        var declaration = new StateDeclaration(block, seed);
        var declared = declare(declaration);
        declaration.Complete();
        return declared;
    }

    /// <summary>The lines in which two states differ.</summary>
    public static HashSet<int> ChangedLines(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var lines = new HashSet<int>();
        for (var line = 0; line < StateBlock.Lines; line++)
        {
            var range = (line * StateBlock.LineBytes)..((line + 1) * StateBlock.LineBytes);
            if (!before[range].SequenceEqual(after[range])) lines.Add(line);
        }

        return lines;
    }

    /// <summary>The lines marked as changed, by the masks.</summary>
    public static HashSet<int> MarkedLines(StateBlock block)
    {
        var lines = new HashSet<int>();
        for (var line = 0; line < StateBlock.Lines; line++)
        {
            var (chunk, bit) = Math.DivRem(line, StateBlock.LinesPerChunk);
            var marked = (block.ChangedLines(chunk) >> bit & 1) != 0;
            if (marked && (block.ChangedChunks >> chunk & 1) == 0)
                throw new InvalidOperationException($"line {line} is marked, but not its chunk {chunk}");
            if (marked) lines.Add(line);
        }

        return lines;
    }
}
