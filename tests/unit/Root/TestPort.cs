using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A port whose other side is the test.</summary>
internal sealed class TestPort : IPort
{
    /// <summary>Frames that wait to be received.</summary>
    public int Waiting { get; set; }

    /// <summary>What left: the clock and the term that it left under.</summary>
    public List<(ulong Clock, ulong Term)> Sent { get; } = [];

    public List<Announcement> Announced { get; } = [];

    public bool Refuses { get; set; }

    public ulong Refused => 0;

    public bool CanAcceptTick { get; set; }

    public bool HasWaiting => Waiting > 0;

    public int Receive(PacketPool pool, ReadOnlySpan<uint> buffers)
    {
        var received = Math.Min(Waiting, buffers.Length);
        for (var i = 0; i < received; i++) pool.Fill(buffers[i], [1, 2, 3, 4]);
        Waiting -= received;
        return received;
    }

    public void Accepted(int count, ulong firstClock, long time, ulong term)
    {
    }

    public void AcceptedTick(ulong clock, long time, ulong term)
    {
    }

    public bool TrySend(ReadOnlySpan<byte> frame, ulong clock, long time, ulong term)
    {
        if (!Refuses) Sent.Add((clock, term));
        return !Refuses;
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
