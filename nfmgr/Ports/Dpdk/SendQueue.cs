using Holdfast.Native;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Interface;

namespace Holdfast.Nfmgr.Ports.Dpdk;

/// <summary>Frames on their way to a driver: in bursts, so that crossing into C costs little, and for a moment when the driver's
/// queue is full.</summary>
internal sealed class SendQueue(DpdkDevice device, DpdkMemory memory, FrameCounts counts, int vlan, int capacity)
{
    /// <summary>The Ethernet header and two VLAN tags: what of a frame an MTU does not count.</summary>
    public const int HeadersAroundMtu = Ethernet.HeaderBytes + (2 * Ethernet.VlanTagBytes);

    private const int Burst = 32;

    private readonly DpdkFrame[] _frames = new DpdkFrame[capacity];
    private readonly uint[] _one = new uint[1];
    private int _count;
    private ulong _sentAtLastLook;

    /// <summary>Frames that the driver took.</summary>
    public ulong Sent { get; private set; }

    public bool HasRoom => _count < capacity;

    /// <summary>Takes a frame, which stays where it is until it has left.</summary>
    /// <returns>Whether there was room; else it is counted.</returns>
    public bool Add(uint buffer, int offset, int length)
    {
        if (_count == capacity) Flush();
        if (_count == capacity) return Fail(SendError.NoRoom);
        if (vlan != 0 && !TryTag(buffer, ref offset, ref length)) return Fail(SendError.TooLong);
        _frames[_count++] = new DpdkFrame { Buffer = buffer, Offset = (ushort)offset, Length = (ushort)length };
        if (_count >= Burst && _count % Burst == 0) Flush();
        return true;
    }

    /// <summary>Takes a copy of a frame.</summary>
    /// <returns>Whether there was room; else it is counted.</returns>
    public bool AddCopy(ReadOnlySpan<byte> frame)
    {
        if (frame.Length > PacketPool.MaxFrameBytes) return Fail(SendError.TooLong);
        if (_count == capacity || !memory.TryTakeOne(_one)) return Fail(SendError.NoRoom);
        frame.CopyTo(memory.Packets.Buffer(_one[0])[PacketPool.HeadRoom..]);
        return Add(_one[0], PacketPool.HeadRoom, frame.Length);
    }

    /// <summary>Hands over what the driver has room for.</summary>
    public void Flush()
    {
        if (_count == 0) return;
        var sent = device.Send(_frames.AsSpan(0, _count));
        if (sent == 0) return;
        Sent += (ulong)sent;
        _count -= sent;
        if (_count > 0) _frames.AsSpan(sent, _count).CopyTo(_frames);
    }

    /// <summary>Drops what waits, if the driver has taken nothing since the last call: its link is down, and frames of long ago are
    /// no use to anybody.</summary>
    public void DropIfStuck()
    {
        var isStuck = _count > 0 && Sent == _sentAtLastLook;
        _sentAtLastLook = Sent;
        if (!isStuck) return;
        foreach (ref readonly var frame in _frames.AsSpan(0, _count))
        {
            _one[0] = frame.Buffer;
            memory.Return(_one);
        }

        counts.Fail(SendError.NoRoom, _count);
        _count = 0;
    }

    private bool TryTag(uint buffer, ref int offset, ref int length)
    {
        if (offset < Ethernet.VlanTagBytes) return false; // an NF has used up the room before the frame
        offset -= Ethernet.VlanTagBytes;
        length += Ethernet.VlanTagBytes;
        VlanTag.Insert(memory.Packets.Buffer(buffer).Slice(offset, length), (ushort)vlan);
        return true;
    }

    private bool Fail(SendError reason)
    {
        counts.Fail(reason, 1);
        return false;
    }
}
