namespace Holdfast.Replicator.Messages;

/// <summary>What a node asks an arbiter for.</summary>
public enum Petition : byte
{
    None = 0,

    /// <summary>To rule in the place of the ruler, whose state it has.</summary>
    TakeOver = 1,

    /// <summary>To rule on without the standby that may take over.</summary>
    GoAlone = 2,

    /// <summary>To rule although those are dead who had the newest state: with older state, or empty.</summary>
    Start = 3,
}
