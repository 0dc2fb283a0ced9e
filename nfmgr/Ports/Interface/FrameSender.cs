using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Packets;
using static Holdfast.Nfmgr.Interfaces.SocketCalls;
using static Holdfast.Nfmgr.Ports.Interface.PacketCalls;

namespace Holdfast.Nfmgr.Ports.Interface;

/// <summary>
/// Sends frames in batches, from the packet buffers that they lie in: the port has these until the batch has left. Never
/// waits; what the interface does not take is counted and lost, as on a wire.
/// </summary>
internal sealed unsafe class FrameSender : IDisposable
{
    private const int Batch = 32;

    /// <summary>Room for what a network card has not sent yet.</summary>
    private const int SendBufferBytes = 4 << 20;

    // Safe: both arrays have Batch elements in native memory, and never more are noted. A vector points into the packet
    // pool, whose memory stays where it is; the frame was checked to lie within its buffer, and is noted here once, since
    // an NF can change the metadata.
    private readonly BatchedMessage* _messages;
    private readonly IoVector* _vectors;
    private readonly PacketSocket _socket;
    private readonly FrameCounts _counts;
    private readonly uint[] _waiting = new uint[Batch];
    private uint[] _gone = [];
    private int _waitingCount, _goneCount;

    /// <exception cref="IOException">This process may have no packet sockets.</exception>
    public FrameSender(string name, FrameCounts counts)
    {
        _counts = counts;
        // A socket of its own: on the receiving one every frame would have to begin with an offload header.
        _socket = new PacketSocket(name);
        RaiseSendBuffer(_socket.Fd, SendBufferBytes);
        _messages = (BatchedMessage*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(BatchedMessage));
        _vectors = (IoVector*)NativeMemory.AllocZeroed(Batch, (nuint)sizeof(IoVector));
        for (var i = 0; i < Batch; i++)
        {
            _messages[i].Vectors = &_vectors[i];
            _messages[i].VectorCount = 1;
        }
    }

    /// <summary>Frames that the interface took.</summary>
    public ulong Sent { get; private set; }

    /// <summary>Sends through an interface from now on, and receives nothing of it.</summary>
    public bool TryBind(int index) => _socket.TryBind(index, protocol: 0);

    /// <summary>Makes room to note every buffer of a pool.</summary>
    public void Prepare(PacketPool pool) => _gone = new uint[pool.Count];

    /// <summary>Notes a frame for the next batch; its buffer comes back by <see cref="TakeBack"/>.</summary>
    public void Send(uint buffer, ReadOnlySpan<byte> frame)
    {
        if (_waitingCount == Batch) Flush();
        _vectors[_waitingCount] = new IoVector { Start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(frame)), Length = (nuint)frame.Length };
        _waiting[_waitingCount++] = buffer;
    }

    /// <summary>Sends a frame at once.</summary>
    public void SendNow(ReadOnlySpan<byte> frame)
    {
        Flush();
        fixed (byte* start = frame)
        {
            if (PacketCalls.Send(_socket.Fd, start, (nuint)frame.Length, MSG_DONTWAIT) >= 0) Sent++;
            else _counts.Fail(ErrorOf(Marshal.GetLastPInvokeError()), 1);
        }
    }

    public void Flush()
    {
        if (_waitingCount == 0) return;
        for (var at = 0; at < _waitingCount;)
        {
            var left = _waitingCount - at;
            var sent = SendMessages(_socket.Fd, _messages + at, (uint)left, MSG_DONTWAIT);
            if (sent > 0)
            {
                Sent += (ulong)sent;
                at += sent;
                continue;
            }

            // The error is that of the first frame. The next may be shorter, or find room again; a link that is down
            // takes none.
            var error = ErrorOf(Marshal.GetLastPInvokeError());
            var lost = error == SendError.LinkDown ? left : 1;
            _counts.Fail(error, lost);
            at += lost;
        }

        _waiting.AsSpan(0, _waitingCount).CopyTo(_gone.AsSpan(_goneCount));
        _goneCount += _waitingCount;
        _waitingCount = 0;
    }

    /// <summary>Gives back buffers whose batch has left.</summary>
    public int TakeBack(Span<uint> buffers)
    {
        var count = Math.Min(buffers.Length, _goneCount);
        _goneCount -= count;
        _gone.AsSpan(_goneCount, count).CopyTo(buffers);
        return count;
    }

    public void Dispose()
    {
        _socket.Dispose();
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
    }

    private static SendError ErrorOf(int error) => error switch
    {
        EMSGSIZE => SendError.TooLong,
        ENETDOWN or ENXIO or ENODEV => SendError.LinkDown,
        ENOBUFS or EAGAIN => SendError.NoRoom,
        _ => SendError.Other,
    };
}
