using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A port whose other side is the test.</summary>
internal sealed class TestPort : IPort
{
    /// <summary>Frames that wait to be received.</summary>
    public int Waiting { get; set; }

    /// <summary>What every received frame holds.</summary>
    public byte[] Frame { get; set; } = [1, 2, 3, 4];

    /// <summary>What left: the clock and the term that it left under.</summary>
    public List<(ulong Clock, ulong Term)> Sent { get; } = [];

    public List<Announcement> Announced { get; } = [];

    public bool Refuses { get; set; }

    /// <summary>Frames that the root made itself.</summary>
    public List<byte[]> SentOwn { get; } = [];

    /// <summary>How many of those it can have on their way until <see cref="TakeBack"/>; it loses others.</summary>
    public int OwnRoom { get; init; } = int.MaxValue;

    public bool HasRoomForOwn => _ownOnTheirWay < OwnRoom;

    private int _ownOnTheirWay;

    public PortCounters Counters => default;

    public int WaitFd => -1;

    /// <summary>How many buffers it keeps, and exchanges for others when it receives.</summary>
    public int BuffersKept { get; init; }

    public bool IsNetwork { get; init; }

    /// <summary>The buffers that it has now.</summary>
    public Queue<uint> Kept { get; } = [];

    /// <summary>Keeps the buffers of sent frames until they are asked back.</summary>
    public bool SendsLater { get; init; }

    /// <summary>The buffers of frames that it keeps.</summary>
    public Queue<uint> OnTheirWay { get; } = [];

    public bool IsOpen { get; private set; }

    public bool CanAcceptTick { get; set; }

    public bool HasWaiting => Waiting > 0;

    public void Lend(ReadOnlySpan<uint> buffers)
    {
        foreach (var buffer in buffers) Kept.Enqueue(buffer);
    }

    public void Open(PacketPool pool) => IsOpen = true;

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        var received = Math.Min(Waiting, buffers.Length);
        for (var i = 0; i < received; i++)
        {
            if (Kept.Count > 0)
            {
                Kept.Enqueue(buffers[i]);
                buffers[i] = Kept.Dequeue();
            }

            pool.Fill(buffers[i], Frame);
        }

        Waiting -= received;
        return received;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
    }

    public void AcceptedTick(ulong clock, long time, ulong term)
    {
    }

    public SendOutcome Send(PacketPool pool, uint buffer, ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        if (Refuses) return SendOutcome.Refused;
        Sent.Add((clock, term));
        if (!SendsLater) return SendOutcome.Sent;
        OnTheirWay.Enqueue(buffer);
        return SendOutcome.Kept;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        if (_ownOnTheirWay++ < OwnRoom) SentOwn.Add(frame.ToArray());
    }

    public int TakeBack(Span<uint> buffers)
    {
        var count = 0;
        _ownOnTheirWay = 0;
        while (count < buffers.Length && OnTheirWay.TryDequeue(out var buffer)) buffers[count++] = buffer;
        return count;
    }

    public void Flush()
    {
    }

    public void Announce(in Announcement announcement) => Announced.Add(announcement);

    public void DiscardWaiting() => Waiting = 0;

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
