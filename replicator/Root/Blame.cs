using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Rings;

namespace Holdfast.Replicator.Root;

/// <summary>
/// Which NF made up, or swallowed, a descriptor. An honest NF passes each one on once and keeps the order of each side's
/// packets, so what it has sent on is what it has got; rings keep their last descriptors, and nfmgr sees them all.
/// </summary>
/// <remarks>
/// Called when a fault is known, and only to name who did it: NFs go on writing meanwhile, and what lies on a ring both of
/// its ends can change, so a liar can at best bring its neighbour into suspicion. Bounded by the rings' sizes; writes and
/// allocates nothing.
/// </remarks>
internal sealed class Blame(RingViews rings)
{
    // Outputs are written beyond the published tail, over the oldest slots; what a dead NF left there was never sent.
    private const uint Unpublished = 2 * Batch.MaxPackets;

    /// <summary>The NF that has sent a descriptor on that it did not get, or has sent it oftener.</summary>
    /// <param name="what">The descriptor; a packet's stands for the same as poison too.</param>
    /// <param name="wasSent">The root has sent it, at least once.</param>
    public int? WhoMadeUp(Descriptor what, bool wasSent)
    {
        // A copy that was kept and sent later comes behind newer ones, whatever the rings have forgotten since.
        for (var function = 0; wasSent && function < rings.Functions; function++)
        {
            var sent = SentBy(function, what);
            if (sent.Late > GotBy(function, what).Late) return function;
        }

        for (var function = 0; function < rings.Functions; function++)
        {
            // First what was sent: what an NF has got it had got before.
            var sent = SentBy(function, what);
            var got = GotBy(function, what);
            if (sent.Copies > got.Copies && (got.IsComplete || !wasSent)) return function;
        }

        return null;
    }

    /// <summary>The NF that has read a descriptor and neither sent it on nor dropped it.</summary>
    public int? WhoSwallowed(Descriptor what)
    {
        for (var function = 0; function < rings.Functions; function++)
        {
            var read = default(Found);
            for (var direction = 0; direction < 2; direction++)
            {
                var input = rings.InputOf(function, direction);
                var tail = input.Tail;
                var unread = Math.Min(Math.Min(tail - input.Head, input.Capacity), tail);
                read += Find(input, what, FirstOf(input, tail), tail - unread);
            }

            if (read.Copies == 0) continue;
            var sent = SentBy(function, what);
            if (sent.Copies < read.Copies && sent.IsComplete) return function;
        }

        return null;
    }

    /// <summary>Whether a descriptor lies on an edge that its reader has not come to.</summary>
    public bool IsUnread(Descriptor what)
    {
        for (var edge = 0; edge <= rings.Functions; edge++)
        {
            if (IsUnread(rings.ToRight[edge], what) || IsUnread(rings.ToLeft[edge], what)) return true;
        }

        foreach (var returns in rings.Returns)
        {
            if (IsUnread(returns, what)) return true;
        }

        return false;
    }

    /// <summary>Whether a descriptor lies on a ring behind what its consumer has read.</summary>
    public static bool IsUnread(RingView ring, Descriptor what)
    {
        var head = ring.Head;
        var count = Math.Min(ring.Tail - head, ring.Capacity);
        for (ulong i = 0; i < count; i++)
        {
            if (SendingOrder.IsSame(ring[head + i], what)) return true;
        }

        return false;
    }

    private Found GotBy(int function, Descriptor what)
    {
        var found = default(Found);
        for (var direction = 0; direction < 2; direction++)
        {
            var input = rings.InputOf(function, direction);
            var tail = input.Tail;
            found += Find(input, what, FirstOf(input, tail), tail);
        }

        return found;
    }

    private Found SentBy(int function, Descriptor what)
    {
        // A return ring holds as much as the pool, so whatever it has forgotten the root has read.
        var found = SentTo(rings.Returns[function], what) with { Misses = 0 };
        for (var direction = 0; direction < 2; direction++) found += SentTo(rings.OutputOf(function, direction), what);
        return found;
    }

    private static Found SentTo(RingView ring, Descriptor what)
    {
        var tail = ring.Tail;
        var first = FirstOf(ring, tail);
        return Find(ring, what, first > 0 ? first + Math.Min(Unpublished, ring.Capacity / 2) : 0, tail);
    }

    /// <summary>The oldest index that a ring still holds.</summary>
    private static ulong FirstOf(RingView ring, ulong tail) => tail <= ring.Capacity ? 0 : tail - ring.Capacity;

    private static Found Find(RingView ring, Descriptor what, ulong first, ulong end)
    {
        int copies = 0, late = 0;
        bool sawNewer = false, sawOlder = first == 0;
        for (var index = first; index < end; index++)
        {
            var there = ring[index];
            if (SendingOrder.IsSame(there, what))
            {
                copies++;
                if (sawNewer) late++;
                sawNewer = true;
            }
            else if (SendingOrder.Compare(there, what) is { } order)
            {
                sawNewer |= order > 0 && SendingOrder.IsKept(there, what);
                sawOlder |= order < 0;
            }
        }

        return new Found(copies, late, sawOlder ? 0 : 1);
    }

    /// <param name="Copies">How often it is there.</param>
    /// <param name="Late">How often behind something newer, or a copy of itself.</param>
    /// <param name="Misses">Rings that may have forgotten it, as they hold nothing older.</param>
    private readonly record struct Found(int Copies, int Late, int Misses)
    {
        public bool IsComplete => Misses == 0;

        public static Found operator +(Found one, Found other) =>
            new(one.Copies + other.Copies, one.Late + other.Late, one.Misses + other.Misses);
    }
}
