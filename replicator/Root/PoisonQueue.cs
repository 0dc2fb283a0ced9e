using Holdfast.NfLib.Packets;

namespace Holdfast.Replicator.Root;

/// <summary>
/// Packets that killed their NF, on their way from the root's loop, which must not wait for a disk, to whoever writes
/// them down. A few places, made at the start; what finds none is counted only.
/// </summary>
/// <param name="functions">NFs in the chain.</param>
/// <param name="wake">Called by the root's loop when there is one to take; must not wait.</param>
public sealed class PoisonQueue(int functions, Action wake)
{
    private const int Places = 16;

    private readonly PoisonedPacket[] _places = [.. Enumerable.Range(0, Places).Select(_ => new PoisonedPacket())];
    private readonly ulong[] _refused = new ulong[functions];
    private ulong _put, _taken;

    /// <summary>Packets of an NF that found no place.</summary>
    public ulong RefusedOf(int function) => Volatile.Read(ref _refused[function]);

    internal void Put(int function, Direction direction, ulong clock, ReadOnlySpan<byte> frame)
    {
        // Acquire: the place's last packet was read before it is written over.
        if (_put - Volatile.Read(ref _taken) == Places)
        {
            _refused[function]++;
            return;
        }

        var place = _places[_put % Places];
        (place.Function, place.Direction, place.Clock, place.Length) = (function, direction, clock, frame.Length);
        frame.CopyTo(place.Bytes);
        // Release: the packet is complete before it can be taken.
        Volatile.Write(ref _put, _put + 1);
        wake();
    }

    /// <summary>The next packet, valid until <see cref="Advance"/>; null when there is none.</summary>
    public PoisonedPacket? Peek() => _taken == Volatile.Read(ref _put) ? null : _places[_taken % Places];

    public void Advance() => Volatile.Write(ref _taken, _taken + 1);
}

/// <summary>A packet that killed its NF, and nfmgr's own word about it.</summary>
public sealed class PoisonedPacket
{
    internal byte[] Bytes { get; } = new byte[PacketPool.BufferBytes];

    internal int Length { get; set; }

    /// <summary>The NF that it killed, by its place in the chain.</summary>
    public int Function { get; internal set; }

    /// <summary>Where it came in.</summary>
    public Direction Direction { get; internal set; }

    public ulong Clock { get; internal set; }

    /// <summary>As the NF got it; empty when its metadata pointed outside its buffer.</summary>
    public ReadOnlySpan<byte> Frame => Bytes.AsSpan(0, Length);
}
