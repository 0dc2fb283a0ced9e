using Holdfast.NfLib.Rings;

namespace Holdfast.Replicator.Root;

/// <summary>
/// The two words of one ring, watched: a head never passes its tail, a tail never leaves its head behind by more than the
/// ring holds, and neither goes back. Else the ring stands for ever, because its honest end sees it as full or damaged.
/// </summary>
internal sealed class RingWords
{
    private readonly RingView _ring;
    private readonly int? _producer, _consumer;
    private ulong _tail, _head;

    private RingWords(RingView ring, int? producer, int? consumer)
    {
        _ring = ring;
        _producer = producer;
        _consumer = consumer;
    }

    /// <summary>All rings of a chain, with the NFs at their ends; an end that is the root's is null.</summary>
    public static RingWords[] Of(RingViews rings)
    {
        var n = rings.Functions;
        int? At(int function) => function >= 0 && function < n ? function : null;
        return
        [
            .. rings.ToRight.Select((ring, edge) => new RingWords(ring, At(edge - 1), At(edge))),
            .. rings.ToLeft.Select((ring, edge) => new RingWords(ring, At(edge), At(edge - 1))),
            .. rings.Returns.Select((ring, function) => new RingWords(ring, function, null)),
        ];
    }

    /// <exception cref="ChainFaultException">An end has written what can't be.</exception>
    public void Check()
    {
        // Both move on meanwhile, so each is compared with what the other one was at that time or later.
        var tailBefore = _ring.Tail;
        var head = _ring.Head;
        var tail = _ring.Tail;
        var isBehind = (long)(tail - head) < 0;
        var isAhead = (long)(tailBefore - head) > _ring.Capacity;
        var wentBack = (long)(tail - _tail) < 0;
        var headWentBack = (long)(head - _head) < 0;
        if (!isBehind && !isAhead && !wentBack && !headWentBack)
        {
            (_tail, _head) = (tail, head);
            return;
        }

        var isProducer = wentBack || (isAhead && !headWentBack) || (isBehind && !headWentBack && WasPublished(tail, head));
        // The root's own words are true, so the other end has written over them.
        var culprit = (isProducer ? _producer : _consumer) ?? _producer ?? _consumer;
        throw new ChainFaultException(culprit, isProducer
            ? $"says that it has sent {tail} descriptors on a ring of {_ring.Capacity}, of which {head} were read"
            : $"says that it has read {head} descriptors of {tail} on a ring of {_ring.Capacity}");
    }

    /// <summary>Whether the tail was once at the head: then slots between them hold what came after those before.</summary>
    private bool WasPublished(ulong tail, ulong head)
    {
        for (var index = tail; index != head && index - tail < _ring.Capacity; index++)
        {
            if (index < _ring.Capacity && _ring[index] != default) return true; // written once, and never over
            for (ulong back = 1; back < _ring.Capacity && back <= tail; back++)
            {
                if (SendingOrder.Compare(_ring[index], _ring[tail - back]) is not { } order) continue;
                if (order > 0) return true;
                break;
            }
        }

        return false;
    }
}
