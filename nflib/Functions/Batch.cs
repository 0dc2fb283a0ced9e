using System.Runtime.CompilerServices;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Functions;

/// <summary>Up to 32 packets of one direction. Reused for every batch, so nothing of it may be kept.</summary>
public sealed class Batch
{
    public const int MaxPackets = 32;

    private const byte Undecided = 0, TurnedBack = 0xFE, Forwarded = 0xFF;

    private readonly PacketPool _pool;
    private readonly PacketJournal? _journal;
    private readonly Descriptor[] _packets = new Descriptor[MaxPackets];
    private readonly byte[] _verdicts = new byte[MaxPackets];

    /// <param name="pool">Where the packets are.</param>
    /// <param name="journal">Where their bytes are saved before they change; null when nobody could undo it.</param>
    internal Batch(PacketPool pool, PacketJournal? journal)
    {
        _pool = pool;
        _journal = journal;
    }

    /// <summary>Packets in the batch.</summary>
    public int Count { get; private set; }

    internal PacketPool Pool => _pool;

    internal PacketJournal? Journal => _journal;

    public Direction Direction { get; private set; }

    public bool FromLeft => Direction == Direction.LeftToRight;

    public Packet this[int position] => position < Count
        ? new Packet(this, position, _packets[position].Buffer)
        : throw new ArgumentOutOfRangeException(nameof(position), position, $"the batch has {Count} packets");

    /// <summary>Sends the packet on in its direction. The order within a batch is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // or the packet, a reference to which is passed, would lie in memory
    public void Forward(in Packet packet) => _verdicts[packet.Position] = Forwarded;

    /// <summary>
    /// Sends the packet back to the side that it came from: an answer made of a question, or traffic between two hosts
    /// of one side. When there is no room that way it is dropped and counted (<see cref="DropReason.NoRoom"/>), and a
    /// takeover may lose it; it is never sent twice.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TurnBack(in Packet packet) => _verdicts[packet.Position] = TurnedBack;

    /// <summary>Drops the packet and counts why.</summary>
    // Whatever number an NF casts to a reason, it must not come out as a verdict to forward.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(in Packet packet, DropReason reason) =>
        _verdicts[packet.Position] = (byte)(1 + (int)reason % DropReasons.Count);

    public Enumerator GetEnumerator() => new(this);

    internal void Begin(Direction direction)
    {
        Direction = direction;
        Count = 0;
    }

    /// <summary>Where the descriptors of the next batch go before <see cref="Take"/>.</summary>
    internal Span<Descriptor> Room => _packets;

    /// <summary>The first descriptors in <see cref="Room"/> are the batch.</summary>
    internal void Take(int count)
    {
        _verdicts.AsSpan(0, count).Clear(); // to undecided
        Count = count;
    }

    internal bool IsAllForwarded => !_verdicts.AsSpan(0, Count).ContainsAnyExcept(Forwarded);

    internal ReadOnlySpan<Descriptor> Descriptors => _packets.AsSpan(0, Count);

    internal uint BufferOf(int position) => _packets[position].Buffer;

    internal Descriptor DescriptorOf(int position) => _packets[position];

    internal bool IsForwarded(int position) => _verdicts[position] == Forwarded;

    internal bool IsTurnedBack(int position) => _verdicts[position] == TurnedBack;

    /// <summary>Why a packet that was not sent on is dropped.</summary>
    internal DropReason ReasonOf(int position) => _verdicts[position] switch
    {
        Undecided => DropReason.Undecided,
        TurnedBack => DropReason.NoRoom,
        var verdict => (DropReason)(verdict - 1),
    };

    public ref struct Enumerator
    {
        private readonly Batch _batch;
        private int _position;

        internal Enumerator(Batch batch)
        {
            _batch = batch;
            _position = -1;
        }

        public readonly Packet Current => _batch[_position];

        public bool MoveNext() => ++_position < _batch.Count;
    }
}
