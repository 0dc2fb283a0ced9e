using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Wire;

namespace Holdfast.Tests.Unit.Judge;

/// <summary>A node that is only its two wires; what happens to the packets is a <see cref="FakeChain"/>'s.</summary>
internal sealed class FakeNode : IDisposable
{
    private const int InputsAtOnce = 32;

    private readonly int _eventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
    private readonly WireNodeEnd[] _wires = new WireNodeEnd[2];
    private readonly FdSocket[] _sockets = new FdSocket[2];
    private readonly byte[] _frame = new byte[PacketPool.MaxFrameBytes];

    public FakeNode(string socketPath, string name, int processId)
    {
        _wires[0] = WirePlug.Connect(socketPath, new WireHello(name, "left", processId), _eventFd, out _sockets[0]);
        _wires[1] = WirePlug.Connect(socketPath, new WireHello(name, "right", processId), _eventFd, out _sockets[1]);
    }

    public void Announce(in Announcement announcement)
    {
        foreach (var wire in _wires) wire.Announce(announcement);
    }

    /// <summary>Accepts what is there: records it, and hands it to the chain if there is one.</summary>
    public int Accept(Func<WireRecord, WireRecord> stamp, Action<Direction, ReadOnlyMemory<byte>, WireRecord>? process)
    {
        var accepted = 0;
        for (var i = 0; i < 2; i++)
        {
            var wire = _wires[i];
            for (var n = 0; n < InputsAtOnce && wire.RecordRoom > 0; n++, accepted++)
            {
                if (!wire.TryPeek(out var frame, out var tag)) break;
                frame.CopyTo(_frame);
                var length = frame.Length;
                wire.Take(length);
                var record = stamp(new WireRecord { Tag = tag });
                wire.Record(record);
                wire.PublishRecords();
                process?.Invoke((Direction)i, _frame.AsMemory(0, length), record);
            }

            wire.ReleaseTaken();
        }

        return accepted;
    }

    public void Record(WireRecord tick)
    {
        _wires[0].Record(tick);
        _wires[0].PublishRecords();
    }

    public void Release(Direction direction, ReadOnlySpan<byte> frame, ulong clock, uint term) =>
        _wires[1 - (int)direction].TrySend(frame, clock, term);

    public void PublishReleased()
    {
        foreach (var wire in _wires) wire.PublishSent();
    }

    /// <summary>Dies: its sockets end, its wires stay the far end's.</summary>
    public void Dispose()
    {
        foreach (var wire in _wires) wire.Dispose();
        foreach (var socket in _sockets) socket.Dispose();
        _ = Libc.Close(_eventFd);
    }
}
