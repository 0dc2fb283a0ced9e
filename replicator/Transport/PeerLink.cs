using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Transport;

/// <summary>A connection with its number, reader and writer.</summary>
internal sealed class PeerLink(
    int number, bool dialedByMe, IConnection connection, long madeAt, int maxPayloadBytes, KnownBadReader knownBad) : IDisposable
{
    public int Number => number;

    public bool DialedByMe => dialedByMe;

    public IConnection Connection => connection;

    /// <summary>Monotonic nanoseconds.</summary>
    public long MadeAt { get; } = madeAt;

    /// <summary>When something came; at first, when it was made.</summary>
    public long LastHeard { get; set; } = madeAt;

    /// <summary>The other end has greeted; before that nothing but a greeting is accepted.</summary>
    public bool Greeted { get; set; }

    public MessageReader Reader { get; } = new(maxPayloadBytes, knownBad);

    /// <summary>Holds two of the largest messages, so that small ones always find room beside one that waits.</summary>
    public MessageWriter Writer { get; } = new(2 * maxPayloadBytes + 64 * MessageHeader.Bytes);

    /// <summary>Sends what waits, as far as the connection takes it.</summary>
    public void Flush()
    {
        while (Writer.Pending.Length > 0)
        {
            var sent = connection.TrySend(Writer.Pending);
            if (sent <= 0) return;
            Writer.Sent(sent);
        }
    }

    public void Dispose() => connection.Dispose();
}
