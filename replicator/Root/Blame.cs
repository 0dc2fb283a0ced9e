using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Rings;

namespace Holdfast.Replicator.Root;

/// <summary>
/// Which NF made up, or swallowed, a descriptor. An honest NF passes each one on once and keeps the order of each side's
/// packets, so what it has sent on is what it has got; rings keep their last descriptors, and nfmgr sees them all.
/// </summary>
/// <remarks>
/// Called when a fault is known, and only to name who did it: NFs go on writing meanwhile, and what lies on a ring both of
/// its ends can change, so a liar can at best bring a neighbour into suspicion. Bounded by the rings' sizes; writes nothing.
/// </remarks>
internal sealed class Blame(RingViews rings)
{
    // Producers write beyond the published tail, over the oldest slots, and what a dead one left there was never sent.
    private const uint Unpublished = 2 * Batch.MaxPackets;

    private readonly RingWords[] _words = RingWords.Of(rings);

    /// <summary>Looks at the rings' words.</summary>
    /// <exception cref="ChainFaultException">An NF has written what can't be.</exception>
    public void CheckWords()
    {
        foreach (var words in _words) words.Check();
    }

    /// <summary>The NF that has sent a descriptor on that it did not get, or has sent it oftener.</summary>
    /// <param name="what">The descriptor; a packet's stands for the same as poison too.</param>
    /// <param name="wasSent">The root may have sent it itself, at least once.</param>
    public int? WhoMadeUp(Descriptor what, bool wasSent) =>
        // Whoever has moved its tail hides what it sent: then what lies on the ring at all counts.
        WhoMadeUp(what, wasSent, all: false) ?? WhoMadeUp(what, wasSent, all: true);

    /// <summary>The NF that has sent a barrier on in a direction before an earlier one.</summary>
    /// <param name="earlier">Must come first.</param>
    /// <param name="later">Came first, or alone.</param>
    /// <param name="direction">0 is left to right.</param>
    public int? WhoSkipped(ulong earlier, ulong later, int direction)
    {
        for (var i = 0; i < rings.Functions; i++)
        {
            var function = direction == 0 ? i : rings.Functions - 1 - i; // in the order that barriers take
            var output = rings.OutputOf(function, direction);
            var tail = output.Tail;
            for (var index = FirstOf(output, tail, Unpublished); index < tail; index++)
            {
                if (output[index] is not { Kind: DescriptorKind.Barrier or DescriptorKind.JoinBarrier } barrier) continue;
                if (barrier.Value == earlier) break;
                if (barrier.Value == later) return function;
            }
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
                read += Find(input, what, tail, tail - unread, Unpublished);
            }

            if (read.Copies == 0) continue;
            var sent = SentBy(function, what, all: false);
            if (sent.Copies < read.Copies && sent.IsComplete) return function;
        }

        return null;
    }

    /// <summary>Whether a descriptor lies on any ring behind what its consumer has read.</summary>
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

    private int? WhoMadeUp(Descriptor what, bool wasSent, bool all)
    {
        // A copy that was kept and sent later comes behind newer ones, also when the first has long been forgotten. Who got
        // the newer one and not the copy has kept it.
        for (var function = 0; wasSent && function < rings.Functions; function++)
        {
            var sent = SentBy(function, what, all);
            if (sent.Late > GotBy(function, what, all).Late && GotBy(function, sent.Before, all).Copies > 0) return function;
        }

        for (var function = 0; function < rings.Functions; function++)
        {
            // First what was sent: what an NF has got it had got before.
            var sent = SentBy(function, what, all);
            var got = GotBy(function, what, all);
            if (wasSent ? sent.Copies > got.Copies && got.IsComplete : sent.Copies > 0 && got.Copies == 0) return function;
        }

        return null;
    }

    // What it has read it has got, whatever the producer says by now.
    private Found GotBy(int function, Descriptor what, bool all) =>
        Find(rings.InputOf(function, 0), what, toHead: true, all) + Find(rings.InputOf(function, 1), what, toHead: true, all);

    // A return ring holds as much as the pool, so whatever it has forgotten the root has read.
    private Found SentBy(int function, Descriptor what, bool all) =>
        (Find(rings.Returns[function], what, all, all) with { Misses = 0 })
        + Find(rings.OutputOf(function, 0), what, all, all) + Find(rings.OutputOf(function, 1), what, all, all);

    private static Found Find(RingView ring, Descriptor what, bool toHead, bool all)
    {
        var (tail, head) = (ring.Tail, ring.Head);
        var end = toHead && (long)(head - tail) > 0 ? head : tail;
        return Find(ring, what, end, end, all ? 0 : Unpublished);
    }

    /// <param name="ring">Where.</param>
    /// <param name="what">What.</param>
    /// <param name="tail">Up to where the ring was written.</param>
    /// <param name="end">Up to where to look.</param>
    /// <param name="unpublished">How many of the oldest slots may hold what was never sent.</param>
    private static Found Find(RingView ring, Descriptor what, ulong tail, ulong end, uint unpublished)
    {
        int copies = 0, late = 0;
        var sawOlder = tail <= ring.Capacity; // then it remembers all
        Descriptor? newer = null;
        Descriptor before = default;
        for (var index = FirstOf(ring, tail, unpublished); index < end; index++)
        {
            var there = ring[index];
            if (SendingOrder.IsSame(there, what))
            {
                copies++;
                if (newer is { } ahead && late++ == 0) before = ahead;
                newer = there;
            }
            else if (SendingOrder.Compare(there, what) is { } order)
            {
                if (order > 0 && SendingOrder.IsKept(there, what)) newer = there;
                sawOlder |= order < 0;
            }
        }

        return new Found(copies, late, sawOlder ? 0 : 1, before);
    }

    private static ulong FirstOf(RingView ring, ulong tail, uint unpublished) =>
        tail <= ring.Capacity ? 0 : tail - ring.Capacity + Math.Min(unpublished, ring.Capacity / 2);

    /// <param name="Copies">How often it is there.</param>
    /// <param name="Late">How often behind something newer, or a copy of itself.</param>
    /// <param name="Misses">Rings that may have forgotten it, as they hold nothing older.</param>
    /// <param name="Before">What the first late one is behind.</param>
    private readonly record struct Found(int Copies, int Late, int Misses, Descriptor Before)
    {
        public bool IsComplete => Misses == 0;

        public static Found operator +(Found one, Found other) => new(one.Copies + other.Copies, one.Late + other.Late,
            one.Misses + other.Misses, one.Late > 0 ? one.Before : other.Before);
    }
}
