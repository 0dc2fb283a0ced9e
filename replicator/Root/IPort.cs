using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Replicator.Root;

/// <summary>One side of a chain. Used by the root's loop only; never blocks.</summary>
public interface IPort : IDisposable
{
    /// <summary>Frames that this port could not or would not take in, and that never got a clock.</summary>
    ulong Refused { get; }

    /// <summary>Takes waiting frames into buffers.</summary>
    /// <param name="pool">Where the buffers are.</param>
    /// <param name="buffers">Empty buffers, to be filled from the first on.</param>
    /// <returns>Buffers filled.</returns>
    int Receive(PacketPool pool, ReadOnlySpan<uint> buffers);

    /// <summary>The frames of the last <see cref="Receive"/> got consecutive clocks; called before they enter the chain.</summary>
    void Accepted(int count, ulong firstClock, long time, ulong term);

    /// <summary>Whether <see cref="AcceptedTick"/> can be recorded now.</summary>
    bool CanAcceptTick { get; }

    /// <summary>The root made a tick, which is an input like a frame.</summary>
    void AcceptedTick(ulong clock, long time, ulong term);

    /// <summary>Sends a released frame; false when it is refused.</summary>
    bool TrySend(ReadOnlySpan<byte> frame, ulong clock, long time, ulong term);

    /// <summary>Hands sent frames on, at the end of a step.</summary>
    void Flush();

    /// <summary>Says that this node took a term.</summary>
    void Announce(in Announcement announcement);

    /// <summary>Throws away what waits to be received: copies of packets that another node has handled.</summary>
    void DiscardWaiting();

    /// <summary>The loop is about to sleep and wants to be woken by new frames.</summary>
    void AnnounceSleep();

    void CancelSleep();

    /// <summary>Whether a frame waits; looked at between announcing sleep and sleeping.</summary>
    bool HasWaiting { get; }
}
