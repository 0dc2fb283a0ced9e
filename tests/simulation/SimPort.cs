using System.Runtime.InteropServices;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Simulation;

/// <summary>A port of a simulated node, with the model at its far end.</summary>
internal sealed class SimPort(SimNode node, Direction incoming) : IPort
{
    private readonly Queue<ulong> _waiting = new();
    private readonly List<ulong> _taken = [];

    public PortCounters Counters => default;

    public int WaitFd => -1;

    public bool IsNetwork => false;

    public bool CanAcceptTick => true;

    public bool HasWaiting => _waiting.Count > 0;

    public void Offer(ulong value)
    {
        if (_waiting.Count < 256) _waiting.Enqueue(value);
    }

    public void Open(PacketPool pool)
    {
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        _taken.Clear();
        Span<byte> frame = stackalloc byte[16];
        while (_taken.Count < buffers.Length && _waiting.TryDequeue(out var value))
        {
            MemoryMarshal.Write(frame, value);
            MemoryMarshal.Write(frame[8..], value); // stays as it is: which lane the packet belongs to
            pool.Fill(buffers[_taken.Count], frame);
            _taken.Add(value);
        }

        return _taken.Count;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
        for (var i = 0; i < count; i++)
            node.World.Accepted(node, incoming, firstClock + (ulong)i, _taken[i], tick: false);
    }

    public void AcceptedTick(ulong clock, long time, ulong term) =>
        node.World.Accepted(node, Direction.LeftToRight, clock, (ulong)time, tick: true);

    public SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        var outgoing = incoming == Direction.LeftToRight ? Direction.RightToLeft : Direction.LeftToRight;
        node.World.Released(node, outgoing, clock, MemoryMarshal.Read<ulong>(frame));
        return SendOutcome.Sent;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
    }

    public int TakeBack(Span<uint> buffers) => 0;

    public void Flush()
    {
    }

    public void Announce(in Announcement announcement)
    {
        // Both ports say the same; the model hears it once.
        if (incoming == Direction.LeftToRight) node.World.Announced(node, announcement);
    }

    public void DiscardWaiting() => _waiting.Clear();

    public void AnnounceSleep()
    {
    }

    public void CancelSleep()
    {
    }

    public void Dispose()
    {
    }
}
