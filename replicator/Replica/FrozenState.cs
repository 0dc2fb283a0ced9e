using Holdfast.NfLib.State;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Replicator.Replica;

/// <summary>
/// The state of a chain as a ruler had it when it was succeeded, drained to a last checkpoint. It outlives that life of the
/// node, in memory: it is the best that is left if the successor dies before anybody else may take over (design: Terms).
/// </summary>
/// <param name="At">Under which term, and up to what.</param>
/// <param name="Layout">Hash of its layout: another build of an NF can't go on with it.</param>
public sealed record FrozenState(Rule At, ulong Layout)
{
    private byte[][] _blocks = [];

    /// <summary>Copies the state of blocks whose NFs sleep.</summary>
    internal static FrozenState Of(Rule at, ulong layout, ReadOnlySpan<StateBlock> blocks)
    {
        var copies = new byte[blocks.Length][];
        for (var i = 0; i < blocks.Length; i++) copies[i] = blocks[i].Data.ToArray();
        return new FrozenState(at, layout) { _blocks = copies };
    }

    /// <summary>Gives it back to the blocks of another life of the same node.</summary>
    internal void CopyTo(ReadOnlySpan<StateBlock> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            _blocks[i].CopyTo(blocks[i].Data);
            blocks[i].ClearMarks();
        }
    }
}
