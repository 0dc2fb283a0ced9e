using Holdfast.NfLib.State;

namespace Holdfast.Replicator.Identity;

/// <summary>A node, by a hash of its configured name that is the same everywhere.</summary>
public readonly record struct NodeId(ulong Value)
{
    public static NodeId Of(string name) => new(StableHash.Add(StableHash.Seed, name));

    public override string ToString() => Value.ToString("x16");
}

/// <summary>A counter and the node that rules while it is the highest. Every change of rule takes a new one.</summary>
public readonly record struct Term(ulong Counter, NodeId Ruler) : IComparable<Term>
{
    public static Term None => default;

    // Two nodes can take the same counter only when an operator's word was wrong; then one of them must yield.
    public int CompareTo(Term other) => (Counter, Ruler.Value).CompareTo((other.Counter, other.Ruler.Value));

    public static bool operator <(Term a, Term b) => a.CompareTo(b) < 0;

    public static bool operator >(Term a, Term b) => a.CompareTo(b) > 0;

    public static bool operator <=(Term a, Term b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Term a, Term b) => a.CompareTo(b) >= 0;

    public override string ToString() => Counter.ToString();
}

/// <summary>One life of a node: a counter on its disk and a random number, so that two lives never look the same.</summary>
public readonly record struct Incarnation(ulong Counter, ulong Random)
{
    public static Incarnation None => default;

    /// <summary>Whether this life is a later one of the same node, which proves that the other has ended.</summary>
    public bool IsNewerThan(Incarnation other) => Counter > other.Counter;

    public override string ToString() => $"{Counter}-{Random & 0xFFFF:x4}";
}

/// <summary>What a node must remember when it dies. On disk before anyone hears of it.</summary>
/// <param name="Term">The highest term this node took or heard of.</param>
/// <param name="EverRan">The chain has run at some time, so an empty node must not start it unasked.</param>
/// <param name="IncarnationCounter">The last life that was begun.</param>
/// <param name="EligiblePeer">The life of the peer that may take over from this ruler; none if none may.</param>
public readonly record struct NodeRecord(Term Term, bool EverRan, ulong IncarnationCounter, Incarnation EligiblePeer);

/// <summary>What a node says it is.</summary>
public enum NodeRole : byte
{
    /// <summary>Empty; looks for its peer.</summary>
    Starting = 0,

    /// <summary>Standby whose copy of the state is not complete yet.</summary>
    Joining = 1,

    /// <summary>Standby that may take over.</summary>
    Eligible = 2,

    /// <summary>Primary.</summary>
    Ruling = 3,

    /// <summary>This life is over; the process begins a new one or ends.</summary>
    Ended = 4,

    /// <summary>Has no state; says which of two nodes may rule.</summary>
    Arbiter = 5,
}
