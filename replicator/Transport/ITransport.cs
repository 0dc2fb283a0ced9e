using Holdfast.Replicator.Identity;

namespace Holdfast.Replicator.Transport;

/// <summary>What became of an attempt to reach the peer.</summary>
public enum DialOutcome
{
    None,
    Pending,
    Connected,

    /// <summary>The peer's host answers, and nobody listens there.</summary>
    Refused,

    /// <summary>Anything else: unreachable, timed out.</summary>
    Failed,
}

/// <summary>Connections to the peer as streams of bytes. Nothing here blocks.</summary>
public interface ITransport : IDisposable
{
    /// <summary>Takes a connection that the peer has made; null when there is none.</summary>
    IConnection? TryAccept();

    /// <summary>Begins to connect, unless an attempt is under way.</summary>
    void Dial();

    /// <summary>Looks after the attempt.</summary>
    DialOutcome PollDial(out IConnection? connection);
}

/// <summary>One stream.</summary>
public interface IConnection : IDisposable
{
    /// <summary>Sends what it can.</summary>
    /// <returns>Bytes taken; 0 when there is no room now; -1 when the connection is broken.</returns>
    int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>Receives what is there.</summary>
    /// <returns>Bytes received; 0 when there are none now; -1 at the end of the stream.</returns>
    int TryReceive(Span<byte> room);
}

/// <summary>Where a node's record is kept.</summary>
public interface INodeDisk
{
    /// <summary>Writes the record and returns when it would survive a crash of the machine.</summary>
    void Write(in NodeRecord record);
}
