using System.Collections.Concurrent;
using Holdfast.Replicator.Messages;

namespace Holdfast.Tests.Process;

/// <summary>What passes a <see cref="LinkProxy"/>: everything but one type of message from one node.</summary>
internal sealed class TypeFilter
{
    private readonly ConcurrentDictionary<(char From, MessageType Type), int> _seen = [];
    private volatile Tuple<char, MessageType>? _blocked;
    private int _count;

    /// <summary>Messages that were kept back since the last <see cref="Block"/>.</summary>
    public int Blocked => Volatile.Read(ref _count);

    /// <summary>Messages of this type that came from this node so far, blocked ones included.</summary>
    public int Seen(char from, MessageType type) => _seen.GetValueOrDefault((from, type));

    public void Block(char from, MessageType type)
    {
        Volatile.Write(ref _count, 0);
        _blocked = Tuple.Create(from, type);
    }

    public void Unblock() => _blocked = null;

    /// <summary>Whether a message may pass; it is counted.</summary>
    public bool Passes(char from, MessageType type)
    {
        _seen.AddOrUpdate((from, type), 1, (_, count) => count + 1);
        if (_blocked is not { } blocked || blocked.Item1 != from || blocked.Item2 != type) return true;
        Interlocked.Increment(ref _count);
        return false;
    }
}
