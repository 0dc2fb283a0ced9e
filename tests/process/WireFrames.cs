using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.Replicator.Messages;

namespace Holdfast.Tests.Process;

/// <summary>Cuts the bytes of a replication link into messages (of a large one, pieces), as they are on the wire.</summary>
internal sealed class WireFrames
{
    private readonly byte[] _bytes = new byte[2 * (MessageHeader.Bytes + MessageWriter.MaxPieceBytes)];
    private int _start, _end;

    /// <summary>Room for received bytes; fill some of it and say so with <see cref="Received"/>.</summary>
    public Memory<byte> Room()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        (_start, _end) = (0, _end - _start);
        return _bytes.AsMemory(_end);
    }

    public void Received(int bytes) => _end += bytes;

    /// <summary>Takes the next one; it is valid until <see cref="Room"/> is asked for.</summary>
    /// <exception cref="InvalidDataException">These are no messages between nodes.</exception>
    public bool TryTake(out MessageHeader header, out ReadOnlyMemory<byte> frame)
    {
        header = default;
        frame = default;
        if (_end - _start < MessageHeader.Bytes) return false;
        var bytes = _bytes.AsSpan(_start, MessageHeader.Bytes);
        header = MemoryMarshal.Read<MessageHeader>(bytes);
        if (header.Magic != MessageHeader.ExpectedMagic || Crc32C.Of(bytes[..^sizeof(uint)]) != header.HeaderCrc
            || header.PayloadBytes > MessageWriter.MaxPieceBytes)
            throw new InvalidDataException($"no header of a message: magic {header.Magic:x8}, {header.PayloadBytes} bytes of payload");
        var length = MessageHeader.Bytes + (int)header.PayloadBytes;
        if (_end - _start < length) return false;
        frame = _bytes.AsMemory(_start, length);
        _start += length;
        return true;
    }
}
