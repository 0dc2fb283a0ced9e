using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A port that makes up frames and counts what leaves.</summary>
internal sealed class QuietPort : IPort
{
    private readonly byte[] _frame = new byte[60];

    public int Waiting { get; set; }

    public ulong Sent { get; private set; }

    /// <summary>The last byte of frames from now on.</summary>
    public byte Last { get => _frame[^1]; set => _frame[^1] = value; }

    public PortCounters Counters => default;

    public int WaitFd => -1;

    public bool IsNetwork => false;

    public bool CanAcceptTick => true;

    public bool HasWaiting => Waiting > 0;

    public void Open(PacketPool pool)
    {
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        var received = Math.Min(Waiting, buffers.Length);
        foreach (var buffer in buffers[..received]) pool.Fill(buffer, _frame);
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
        Sent++;
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
    }

    public void DiscardWaiting()
    {
    }

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
