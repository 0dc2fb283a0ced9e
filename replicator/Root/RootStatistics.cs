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

    public ulong Ticks { get; internal set; }

    internal void Accept(int port, int count) => _accepted[port] += (ulong)count;

    internal void Release(int port) => _released[port]++;

    internal void Refuse(int port) => _refusedByPort[port]++;
}

/// <summary>What came out of an NF can't be; the chain must stop.</summary>
public sealed class ChainFaultException(string message) : Exception(message);
