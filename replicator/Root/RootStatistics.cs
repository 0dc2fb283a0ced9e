namespace Holdfast.Replicator.Root;

/// <summary>Counters of the root's loop; one writer, read live by status.</summary>
public sealed class RootStatistics
{
    private readonly ulong[] _accepted = new ulong[2], _released = new ulong[2], _refusedByPort = new ulong[2];

    public ReadOnlySpan<ulong> Accepted => _accepted;

    public ReadOnlySpan<ulong> Released => _released;

    /// <summary>Released frames that a port refused; dropped, so that a dead link does not drain the pool.</summary>
    public ReadOnlySpan<ulong> RefusedByPort => _refusedByPort;

    /// <summary>Packets that NFs dropped.</summary>
    public ulong Dropped { get; internal set; }

    /// <summary>Packets whose NF said that they killed it; they count as dropped too.</summary>
    public ulong Poisoned { get; internal set; }

    /// <summary>Packets whose metadata pointed outside their buffer when they were to leave; a port refuses them.</summary>
    public ulong OutsideBuffer { get; internal set; }

    /// <summary>Packets that were in the chain or the latch when the root halted.</summary>
    public ulong Reclaimed { get; internal set; }

    public ulong Ticks { get; internal set; }

    internal void Accept(int port, int count) => _accepted[port] += (ulong)count;

    internal void Sent(int port, int released, int refused)
    {
        _released[port] += (ulong)released;
        _refusedByPort[port] += (ulong)refused;
    }
}
