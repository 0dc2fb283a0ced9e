using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;

namespace Holdfast.Replicator.Messages;

/// <summary>
/// Cuts a stream of bytes from a peer into messages. Nothing of a message is believed before its checks: magic,
/// version, header CRC, length, payload CRC, order of pieces.
/// </summary>
public sealed class MessageReader
{
    private readonly byte[] _bytes;
    private readonly byte[] _assembled;
    private readonly KnownBadReader _knownBad;
    private int _start, _end, _assembledBytes;
    private MessageHeader _assembling;

    /// <param name="maxPayloadBytes">Largest payload of a whole message that this chain can need.</param>
    public MessageReader(int maxPayloadBytes) : this(maxPayloadBytes, KnownBadReader.None) { }

    internal MessageReader(int maxPayloadBytes, KnownBadReader knownBad)
    {
        _assembled = new byte[Math.Max(maxPayloadBytes, Hello.Bytes)];
        _bytes = new byte[2 * (MessageHeader.Bytes + MessageWriter.MaxPieceBytes)];
        _knownBad = knownBad;
    }

    /// <summary>What was wrong, once <see cref="TryRead"/> found something; the connection must then be closed.</summary>
    public string? Error { get; private set; }

    /// <summary>Room for received bytes; fill some of it and say so with <see cref="Received"/>.</summary>
    public Span<byte> Room()
    {
        if (_start > 0 && _bytes.Length - _end < MessageHeader.Bytes + MessageWriter.MaxPieceBytes)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        return _bytes.AsSpan(_end);
    }

    public void Received(int bytes) => _end += bytes;

    /// <summary>Takes the next whole message. Header and payload are valid until the next call.</summary>
    public bool TryRead(out MessageHeader header, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        while (TryReadPiece(out header, out var piece))
        {
            if (header.Pieces == 1)
            {
                payload = piece;
                return true;
            }

            if (!Assemble(header, piece)) return false;
            if (header.Piece + 1 < header.Pieces) continue;
            payload = _assembled.AsSpan(0, _assembledBytes);
            header.PayloadBytes = (uint)_assembledBytes;
            _assembling = default;
            return true;
        }

        return false;
    }

    private bool TryReadPiece(out MessageHeader header, out ReadOnlySpan<byte> payload)
    {
        header = default;
        payload = default;
        if (Error is not null || _end - _start < MessageHeader.Bytes) return false;
        var bytes = _bytes.AsSpan(_start, MessageHeader.Bytes);
        header = MemoryMarshal.Read<MessageHeader>(bytes);
        Error = Check(header, bytes);
        if (Error is not null) return false;
        if (_end - _start - MessageHeader.Bytes < (int)header.PayloadBytes) return false;
        payload = _bytes.AsSpan(_start + MessageHeader.Bytes, (int)header.PayloadBytes);
        if (Crc32C.Of(payload) != header.PayloadCrc)
        {
            Error = $"{header.Type}: the payload's CRC does not match";
            return false;
        }

        _start += MessageHeader.Bytes + payload.Length;
        return true;
    }

    private string? Check(in MessageHeader header, ReadOnlySpan<byte> bytes)
    {
        if (header.Magic != MessageHeader.ExpectedMagic) return $"magic {header.Magic:x8} is not a Holdfast message's";
        if (header.WireVersion != MessageHeader.CurrentVersion)
            return $"wire version {header.WireVersion}, this node speaks {MessageHeader.CurrentVersion}; run one build on both nodes";
        if (Crc32C.Of(bytes[..^sizeof(uint)]) != header.HeaderCrc) return "the header's CRC does not match";
        if (header.Type is < MessageType.Hello or > MessageType.Decline) return $"unknown message type {(int)header.Type}";
        if (_knownBad == KnownBadReader.TrustLengths) return null;
        if (header.PayloadBytes > MessageWriter.MaxPieceBytes || header.PayloadBytes > _assembled.Length)
            return $"{header.Type}: a payload of {header.PayloadBytes} bytes is more than this chain can need";
        if (header.Pieces == 0 || header.Piece >= header.Pieces) return $"{header.Type}: piece {header.Piece} of {header.Pieces}";
        if (header.Type == MessageType.Hello && header.PayloadBytes != Hello.Bytes)
            return $"HELLO has {header.PayloadBytes} bytes of payload instead of {Hello.Bytes}";
        return null;
    }

    private bool Assemble(in MessageHeader header, ReadOnlySpan<byte> piece)
    {
        if (header.Piece == 0)
        {
            _assembling = header;
            _assembledBytes = 0;
        }
        else if (header.Type != _assembling.Type || header.Checkpoint != _assembling.Checkpoint
                 || header.Term != _assembling.Term || header.Pieces != _assembling.Pieces
                 || header.Piece != _assembling.Piece + 1)
        {
            Error = $"{header.Type}: piece {header.Piece} of {header.Pieces} does not follow the last one";
            return false;
        }

        if (piece.Length > _assembled.Length - _assembledBytes)
        {
            Error = $"{header.Type}: its pieces are more than the {_assembled.Length} bytes this chain can need";
            return false;
        }

        piece.CopyTo(_assembled.AsSpan(_assembledBytes));
        _assembledBytes += piece.Length;
        _assembling.Piece = header.Piece;
        return true;
    }
}

/// <summary>Deliberately broken variants of the reader; only tests can set them.</summary>
internal enum KnownBadReader
{
    None,

    /// <summary>Uses lengths from the wire unchecked (invariant 8).</summary>
    TrustLengths,
}
