using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Replicator.Root;

/// <summary>
/// One side of a chain. Used by the root's loop only; never blocks. Passive until <see cref="Open"/>: on a standby it
/// neither takes frames in nor sends any.
/// </summary>
public interface IPort : IDisposable
{
    PortCounters Counters { get; }

    /// <summary>What a sleeping loop polls for input, or -1 when new frames wake it by its doorbell.</summary>
    int WaitFd { get; }

    /// <summary>Buffers that the port wants for its own, because a driver fills them ahead.</summary>
    int BuffersKept => 0;

    /// <summary>The longest that the loop of a node that rules may sleep without looking here, in nanoseconds; for ports that can't
    /// wake it.</summary>
    long LongestSleep => long.MaxValue;

    /// <summary>Called once, before anything else and long before <see cref="Open"/>: a network card may need seconds to start, and
    /// a standby must not lose them when it takes over.</summary>
    /// <param name="buffers">The port's from now on; as many as <see cref="BuffersKept"/>, or fewer in a small pool.</param>
    /// <exception cref="IOException">The port can't start.</exception>
    void Lend(ReadOnlySpan<uint> buffers)
    {
    }

    /// <summary>This node rules: frames are taken in and sent from now on. Called once, after
    /// <see cref="DiscardWaiting"/> if another node ruled before.</summary>
    /// <param name="pool">Where the buffers are.</param>
    void Open(PacketPool pool);

    /// <summary>Takes waiting frames into buffers.</summary>
    /// <param name="pool">Where the buffers are.</param>
    /// <param name="buffers">Empty buffers, to be filled from the first on. The port may instead exchange one for a
    /// filled one of those that it keeps.</param>
    /// <returns>Buffers filled.</returns>
    int Receive(PacketPool pool, Span<uint> buffers);

    /// <summary>The frames of the last <see cref="Receive"/> got consecutive clocks; called before they enter the chain.</summary>
    void Accepted(int count, ulong firstClock, long time, ulong term);

    /// <summary>Whether <see cref="AcceptedTick"/> can be recorded now.</summary>
    bool CanAcceptTick { get; }

    /// <summary>The root made a tick, which is an input like a frame.</summary>
    void AcceptedTick(ulong clock, long time, ulong term);

    /// <summary>Sends a released frame.</summary>
    /// <param name="pool">Where the buffer is.</param>
    /// <param name="buffer">The buffer that the frame lies in.</param>
    /// <param name="frame">The frame; checked to lie within its buffer.</param>
    /// <param name="clock">The packet's clock.</param>
    /// <param name="time">The root's time.</param>
    /// <param name="term">The term that it is sent in.</param>
    SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term);

    /// <summary>Whether it leads to a network, whose switches and hosts must be told where addresses are; not to a
    /// single program or a file.</summary>
    bool IsNetwork { get; }

    /// <summary>Sends a frame that the root made itself and that is no packet's output, to tell the network where
    /// addresses are.</summary>
    void SendOwn(ReadOnlySpan<byte> frame);

    /// <summary>Whether <see cref="SendOwn"/> has room now; without it the frame would be lost.</summary>
    bool HasRoomForOwn => true;

    /// <summary>Gives back buffers whose frames have left, of those that <see cref="Send"/> kept.</summary>
    /// <returns>Buffers given back.</returns>
    int TakeBack(Span<uint> buffers);

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

public enum SendOutcome
{
    /// <summary>The frame is on its way, or copied; the buffer is free.</summary>
    Sent,

    /// <summary>It can't be sent; the buffer is free.</summary>
    Refused,

    /// <summary>The port has the buffer until <see cref="IPort.TakeBack"/>.</summary>
    Kept,
}

/// <summary>What a port has seen since it was made, in frames.</summary>
/// <param name="Received">Taken in from the outside, refused ones included.</param>
/// <param name="DroppedByKernel">Lost before this process saw them, for lack of room.</param>
/// <param name="Refused">Taken in, but fit for no chain: never got a clock.</param>
/// <param name="Sent">Handed to the outside.</param>
/// <param name="SendErrors">That the outside did not take.</param>
public readonly record struct PortCounters(ulong Received, ulong DroppedByKernel, ulong Refused, ulong Sent, ulong SendErrors);
