using Holdfast.Replicator.Transport;

namespace Holdfast.Tests.Unit.Transport;

/// <summary>A connection whose other end is the test.</summary>
internal sealed class PlayedConnection : IConnection
{
    private readonly Queue<byte[]> _arriving = new();
    private byte[] _rest = [];

    /// <summary>Everything this node has sent.</summary>
    public List<byte> Sent { get; } = [];

    /// <summary>Says so again and again, as a peer does that never stops.</summary>
    public byte[]? Endless { get; init; }

    /// <summary>Nothing more arrives after what is under way.</summary>
    public bool Ended { get; set; }

    /// <summary>What is sent does not get through any more.</summary>
    public bool SendBroken { get; set; }

    public bool IsDisposed { get; private set; }

    public void Arrive(byte[] bytes) => _arriving.Enqueue(bytes);

    public int TrySend(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (SendBroken) return -1;
        Sent.AddRange(bytes);
        return bytes.Length;
    }

    public int TryReceive(Span<byte> room)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (_rest.Length == 0 && !_arriving.TryDequeue(out _rest!)) _rest = Endless ?? [];
        if (_rest.Length == 0) return Ended ? -1 : 0;
        var count = Math.Min(room.Length, _rest.Length);
        _rest.AsSpan(0, count).CopyTo(room);
        _rest = _rest[count..];
        return count;
    }

    public void Dispose() => IsDisposed = true;
}

/// <summary>A network on which the test makes the connections.</summary>
internal sealed class PlayedTransport : ITransport
{
    private readonly Queue<PlayedConnection> _accepted = new();

    public int Dials { get; private set; }

    public int Waiting => _accepted.Count;

    public PlayedConnection Connect(PlayedConnection connection)
    {
        _accepted.Enqueue(connection);
        return connection;
    }

    public IConnection? TryAccept() => _accepted.TryDequeue(out var connection) ? connection : null;

    public void Dial() => Dials++;

    public DialOutcome PollDial(out IConnection? connection)
    {
        connection = null;
        return DialOutcome.None;
    }

    public void Dispose()
    {
    }
}
