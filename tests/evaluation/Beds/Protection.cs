namespace Holdfast.Evaluation.Beds;

/// <summary>What a chain is protected by, from nothing to all.</summary>
internal enum Protection
{
    /// <summary>The death of an NF ends the chain.</summary>
    Unprotected,

    /// <summary>A batch is done wholly or not at all; an NF's next process is started when it has died.</summary>
    BatchCommit,

    /// <summary>And each NF has a second process that is warm.</summary>
    Twins,

    /// <summary>And another node on this machine has the state of everything that is released.</summary>
    StandbyNode,
}

internal static class Protections
{
    public static IReadOnlyList<Protection> All { get; } = Enum.GetValues<Protection>();

    /// <summary>As results.json calls it.</summary>
    public static string Key(this Protection protection) => protection switch
    {
        Protection.Unprotected => "unprotected",
        Protection.BatchCommit => "batchCommit",
        Protection.Twins => "twins",
        _ => "standbyNode",
    };
}
