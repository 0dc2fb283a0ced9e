using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Replica;

/// <summary>The standby's copy of a chain's state, and the checkpoints that are staged on top of it.</summary>
public sealed class ReplicaStore
{
    private readonly StateBlock[] _blocks;
    private readonly byte[][] _staged = new byte[DeltaSlots.Count][];
    private readonly int[] _lengths = new int[DeltaSlots.Count];

    /// <param name="blocks">The root's and the NFs' blocks, in chain order. Their NFs sleep while this store is used.</param>
    public ReplicaStore(StateBlock[] blocks)
    {
        _blocks = blocks;
        for (var i = 0; i < _staged.Length; i++) _staged[i] = new byte[PreparePayload.MaxBytes(blocks.Length)];
    }

    public int Instances => _blocks.Length;

    /// <summary>Keeps a checkpoint without applying it; false when it is not valid.</summary>
    public bool TryStage(ulong checkpoint, ReadOnlySpan<byte> payload)
    {
        if (!PreparePayload.IsValid(payload, _blocks.Length)) return false;
        var place = checkpoint % DeltaSlots.Count;
        payload.CopyTo(_staged[place]);
        _lengths[place] = payload.Length;
        return true;
    }

    /// <summary>Writes a staged checkpoint into the blocks.</summary>
    public void Apply(ulong checkpoint)
    {
        var place = checkpoint % DeltaSlots.Count;
        PreparePayload.Apply(_staged[place].AsSpan(0, _lengths[place]), _blocks);
    }

    /// <summary>Zeroes the blocks: what a join's checkpoint stands on.</summary>
    public void Clear()
    {
        foreach (var block in _blocks) block.Clear();
    }
}
