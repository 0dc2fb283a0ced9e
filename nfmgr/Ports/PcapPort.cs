using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Pcap;
using Holdfast.NfLib.Wire;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Ports;

/// <summary>A port that reads a recording and writes another. Packets get the root's time, as on any port.</summary>
public sealed class PcapPort : IPort
{
    private readonly PcapReader? _reader;
    private readonly PcapWriter? _writer;
    private readonly bool _atRecordedPace;
    private readonly byte[] _next = new byte[PacketPool.MaxFrameBytes];
    private int _nextLength = -1;
    private long _nextTime, _firstTime, _started;
    private ulong _received, _refused, _sent;
    private bool _dirty;

    /// <param name="read">The recording to read, or null.</param>
    /// <param name="write">The file to write, or null to drop what comes out.</param>
    /// <param name="atRecordedPace">Keep the gaps of the recording, else as fast as the chain takes it.</param>
    /// <exception cref="PcapFormatException">The recording is not one.</exception>
    /// <exception cref="IOException">A file can't be opened.</exception>
    public PcapPort(string? read, string? write, bool atRecordedPace)
    {
        _atRecordedPace = atRecordedPace;
        _reader = read is null ? null : PcapReader.Open(read);
        _writer = write is null ? null : PcapWriter.Create(write);
        Advance();
    }

    public PortCounters Counters => new(_received, 0, _refused, _sent, 0);

    public int WaitFd => -1;

    public bool IsNetwork => false;

    public bool CanAcceptTick => true;

    public bool HasWaiting => _nextLength >= 0 && (!_atRecordedPace || _started == 0 || IsDue());

    public void Open(PacketPool pool)
    {
    }

    public int Receive(PacketPool pool, Span<uint> buffers)
    {
        var received = 0;
        if (_started == 0) (_started, _firstTime) = (Environment.TickCount64, _nextTime);
        while (received < buffers.Length && HasWaiting)
        {
            pool.Fill(buffers[received++], _next.AsSpan(0, _nextLength));
            Advance();
        }

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
        _writer?.Write(time, frame);
        _dirty = true;
        _sent++;
        return SendOutcome.Sent;
    }

    public void SendOwn(ReadOnlySpan<byte> frame)
    {
        // Nobody learns from a recording.
    }

    public int TakeBack(Span<uint> buffers) => 0;

    public void Flush()
    {
        if (!_dirty) return;
        _dirty = false;
        _writer?.Flush();
    }

    public void Announce(in Announcement announcement)
    {
    }

    public void DiscardWaiting()
    {
        // A recording is not a network: nobody else has handled its packets.
    }

    public void AnnounceSleep()
    {
    }

    public void CancelSleep()
    {
    }

    public void Dispose()
    {
        _reader?.Dispose();
        _writer?.Dispose();
    }

    private bool IsDue() => _nextTime - _firstTime <= (Environment.TickCount64 - _started) * 1_000_000;

    private void Advance()
    {
        _nextLength = -1;
        while (_reader is not null && _reader.TryRead(out var record))
        {
            _received++;
            if (record.Data.Length == 0 || record.Data.Length > _next.Length)
            {
                _refused++; // longer than a packet buffer
                continue;
            }

            record.Data.CopyTo(_next);
            (_nextLength, _nextTime) = (record.Data.Length, record.Time);
            return;
        }
    }
}
