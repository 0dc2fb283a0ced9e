using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Packets;

/// <summary>
/// What a batch has changed in its packets so far: each packet's metadata and as many of its first bytes as it was given
/// to change, as they were before. One place per packet of a batch.
/// </summary>
/// <remarks>
/// Order of stores: the old bytes; the packet's length word; and only then may the packet change. A word of 0 says that
/// nothing of the packet is journaled, else it is 1 plus the bytes. Each byte is journaled once a batch, so nothing can
/// overflow, and how much an NF rewrites is said by how much it asks for.
/// </remarks>
internal sealed unsafe class PacketJournal
{
    public const int Places = 32;

    /// <summary>Bytes of the three tables: words, what is saved of the metadata, and of the buffers.</summary>
    public const int LengthsBytes = Places * sizeof(ushort), SavedBytes = Places * SavedPacket.Bytes, BytesBytes = Places * PacketPool.BufferBytes;

    private const int LineBytes = 64;

    private readonly PacketPool _pool;
    private readonly ushort* _lengths;
    private readonly SavedPacket* _saved;
    private readonly byte* _bytes;

    /// <param name="pool">Where the packets are.</param>
    /// <param name="lengths">Three tables in the NF's state block.</param>
    /// <param name="saved">The second.</param>
    /// <param name="bytes">The third.</param>
    public PacketJournal(PacketPool pool, ushort* lengths, SavedPacket* saved, byte* bytes)
    {
        // Safe: the caller's layout has room for the tables; positions are masked to 32, lengths held to what a buffer has
        // behind the frame's offset, and buffers are checked by the pool.
        _pool = pool;
        _lengths = lengths;
        _saved = saved;
        _bytes = bytes;
    }

    /// <summary>Nothing of the present batch is journaled.</summary>
    public bool IsEmpty => !new ReadOnlySpan<ushort>(_lengths, Places).ContainsAnyExcept((ushort)0);

    /// <summary>Says that the first bytes of a packet's frame, or its metadata, are about to change.</summary>
    /// <param name="position">Its place in the batch.</param>
    /// <param name="buffer">Its buffer.</param>
    /// <param name="bytes">How many bytes; 0 for the metadata only.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch(int position, uint buffer, int bytes)
    {
        if (_lengths[position & (Places - 1)] <= bytes) Append(position & (Places - 1), buffer, bytes);
    }

    /// <summary>Puts every packet back as it was. Interrupted, it can be done again.</summary>
    /// <exception cref="InvalidDataException">The journal says something impossible.</exception>
    public void Undo()
    {
        for (var position = 0; position < Places; position++)
        {
            if (_lengths[position] == 0) continue;
            ref readonly var saved = ref _saved[position];
            var bytes = _lengths[position] - 1;
            if (saved.Buffer >= _pool.Count || saved.Offset + bytes > PacketPool.BufferBytes) ThrowDamaged(saved, bytes);
            new ReadOnlySpan<byte>(BytesAt(position), bytes).CopyTo(_pool.Buffer(saved.Buffer)[saved.Offset..]);
            ref var metadata = ref _pool.Metadata(saved.Buffer);
            (metadata.Offset, metadata.Length, metadata.Direction, metadata.FlowHash) = (saved.Offset, saved.Length, saved.Direction, 0);
            FaultPoint.Reach(FaultStep.HeaderRestored);
        }

        Volatile.WriteBarrier();
        Clear();
    }

    /// <summary>Forgets the batch.</summary>
    public void Clear() => new Span<ushort>(_lengths, Places).Clear();

    /// <summary>The first touch of a packet, of its first line: what almost every NF does to almost every packet.</summary>
    /// <returns>False when it is another one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // into a method that has nothing else to save registers for
    private bool TryAppendLine(int position, uint buffer, int bytes)
    {
        ref readonly var metadata = ref _pool.Metadata(buffer);
        int offset = metadata.Offset; // read once: a neighbour could be changing it
        if (bytes > LineBytes || _lengths[position] != 0 || offset > PacketPool.BufferBytes - LineBytes) return false;
        _saved[position] = new SavedPacket { Buffer = buffer, Offset = (ushort)offset, Length = metadata.Length, Direction = metadata.Direction };
        FaultPoint.Reach(FaultStep.MetadataCopied);
        // Safe: a buffer lies behind its metadata, and the line was just seen to lie in it.
        Unsafe.CopyBlockUnaligned(ref *BytesAt(position), in Unsafe.Add(ref Unsafe.As<PacketMetadata, byte>(ref Unsafe.AsRef(in metadata)), PacketMetadata.Bytes + offset), LineBytes);
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.HeaderCopied);
        _lengths[position] = 1 + LineBytes;
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.HeaderCounted);
        return true;
    }

    private void Append(int position, uint buffer, int bytes)
    {
        if (!TryAppendLine(position, buffer, bytes)) AppendLines(position, buffer, bytes);
    }

    private void AppendLines(int position, uint buffer, int bytes)
    {
        ref var saved = ref _saved[position];
        var already = Math.Max(_lengths[position] - 1, 0);
        if (_lengths[position] == 0)
        {
            ref readonly var metadata = ref _pool.Metadata(buffer);
            saved = new SavedPacket { Buffer = buffer, Offset = metadata.Offset, Length = metadata.Length, Direction = metadata.Direction };
            FaultPoint.Reach(FaultStep.MetadataCopied);
        }

        // Whole lines, as copying them costs the same.
        var end = Math.Min((bytes + LineBytes - 1) & ~(LineBytes - 1), PacketPool.BufferBytes - saved.Offset);
        if (end < already) ThrowDamaged(saved, already);
        var from = _pool.Buffer(buffer).Slice(saved.Offset, end);
        from[already..].CopyTo(new Span<byte>(BytesAt(position) + already, end - already));
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.HeaderCopied);
        _lengths[position] = (ushort)(1 + end);
        Volatile.WriteBarrier();
        FaultPoint.Reach(FaultStep.HeaderCounted);
    }

    private byte* BytesAt(int position) => _bytes + position * PacketPool.BufferBytes;

    [DoesNotReturn]
    private static void ThrowDamaged(in SavedPacket saved, int bytes) => throw new InvalidDataException(
        $"{bytes} bytes at {saved.Offset} of a frame of {saved.Length} in buffer {saved.Buffer} can't be journaled: "
        + "outside its frame, or the memory is damaged");
}

/// <summary>What of a packet's metadata an NF can change, as it was before the batch, and which buffer it is of.</summary>
[StructLayout(LayoutKind.Explicit, Size = Bytes)]
internal struct SavedPacket
{
    public const int Bytes = 16;

    [FieldOffset(0)] public uint Buffer;
    [FieldOffset(4)] public ushort Offset;
    [FieldOffset(6)] public ushort Length;
    [FieldOffset(8)] public byte Direction;
}
