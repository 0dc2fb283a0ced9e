using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;

namespace Holdfast.Replicator.Messages;

/// <summary>Encodes messages into a send buffer of fixed size that a transport empties.</summary>
public sealed class MessageWriter
{
    /// <summary>Largest payload of one piece.</summary>
    public const int MaxPieceBytes = 256 * 1024;

    private readonly byte[] _buffer;
    private int _start, _end;

    /// <param name="capacity">Bytes that may wait to be sent.</param>
    public MessageWriter(int capacity) => _buffer = new byte[capacity];

    /// <summary>What waits to be sent.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether a message with this much payload has room now.</summary>
    public bool HasRoom(int payloadBytes)
    {
        var pieces = Math.Max(1, (payloadBytes + MaxPieceBytes - 1) / MaxPieceBytes);
        return _buffer.Length - (_end - _start) >= payloadBytes + pieces * MessageHeader.Bytes;
    }

    /// <summary>Appends a message. The caller has seen that it has room.</summary>
    /// <param name="header">Its header; magic, version, pieces, lengths and CRCs are filled in here.</param>
    /// <param name="payload">Its payload, split into pieces if it is large.</param>
    public void Append(MessageHeader header, ReadOnlySpan<byte> payload)
    {
        Compact();
        header.Magic = MessageHeader.ExpectedMagic;
        header.WireVersion = MessageHeader.CurrentVersion;
        header.Pieces = (ushort)Math.Max(1, (payload.Length + MaxPieceBytes - 1) / MaxPieceBytes);
        for (header.Piece = 0; header.Piece < header.Pieces; header.Piece++)
        {
            var piece = payload[..Math.Min(payload.Length, MaxPieceBytes)];
            payload = payload[piece.Length..];
            header.PayloadBytes = (uint)piece.Length;
            header.PayloadCrc = Crc32C.Of(piece);
            header.HeaderCrc = 0;
            var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref header, 1));
            header.HeaderCrc = Crc32C.Of(bytes[..^sizeof(uint)]);
            bytes.CopyTo(_buffer.AsSpan(_end));
            piece.CopyTo(_buffer.AsSpan(_end + MessageHeader.Bytes));
            _end += MessageHeader.Bytes + piece.Length;
        }
    }

    /// <summary>Says that the first bytes of <see cref="Pending"/> were sent.</summary>
    public void Sent(int bytes)
    {
        _start += bytes;
        if (_start == _end) _start = _end = 0;
    }

    private void Compact()
    {
        if (_start == 0) return;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }
}
