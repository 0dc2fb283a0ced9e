using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.Replicator.Messages;

namespace Holdfast.Tests.Unit.Messages;

/// <summary>A message as a test knows it.</summary>
internal sealed record Said(MessageHeader Header, byte[] Payload)
{
    public byte[] Bytes { get; } = Talk.Encode(Header, Payload);
}

/// <summary>Makes messages, and reads them as a peer does.</summary>
internal static class Talk
{
    /// <summary>Room for two pieces of the largest size, and more.</summary>
    public const int MaxPayload = 600_000;

    public static byte[] Encode(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        var writer = new MessageWriter(payload.Length + 16 * MessageHeader.Bytes);
        writer.Append(header, payload);
        return writer.Pending.ToArray();
    }

    /// <summary>A header with whatever it says, but correct CRCs: what a hostile peer sends.</summary>
    public static byte[] Forge(MessageHeader header, ReadOnlySpan<byte> payload, bool correctPayloadCrc = true)
    {
        if (correctPayloadCrc) header.PayloadCrc = Crc32C.Of(payload);
        header.HeaderCrc = 0;
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref header, 1));
        header.HeaderCrc = Crc32C.Of(bytes[..^sizeof(uint)]);
        return [.. MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref header, 1)), .. payload];
    }

    public static Said Random(Random random, int maxPayload)
    {
        var type = (MessageType)random.Next(1, 9);
        var payload = new byte[type == MessageType.Hello ? Hello.Bytes : random.Next(maxPayload + 1)];
        random.NextBytes(payload);
        return new Said(new MessageHeader
        {
            Type = type,
            Flags = (MessageFlags)random.Next(2),
            Chain = Any(),
            TermCounter = Any(),
            TermRuler = Any(),
            Sender = Any(),
            Receiver = Any(),
            Checkpoint = Any(),
            Clock = Any(),
            Time = random.NextInt64(),
            Committed = Any(),
            OldestAge = (uint)random.Next(),
        }, payload);

        ulong Any() => (ulong)random.NextInt64(long.MinValue, long.MaxValue);
    }

    /// <summary>The pieces of a message, each as it goes over the wire.</summary>
    public static List<byte[]> PiecesOf(byte[] message)
    {
        var pieces = new List<byte[]>();
        for (var at = 0; at < message.Length;)
        {
            var length = MessageHeader.Bytes + (int)MemoryMarshal.Read<MessageHeader>(message.AsSpan(at)).PayloadBytes;
            pieces.Add(message[at..(at + length)]);
            at += length;
        }

        return pieces;
    }

    /// <summary>Feeds bytes in chunks of any size until they end or the reader finds something wrong.</summary>
    /// <returns>What was read.</returns>
    /// <exception cref="InvalidDataException">The reader takes no more and does not say why.</exception>
    public static List<Said> Feed(MessageReader reader, ReadOnlySpan<byte> stream, Random random)
    {
        var read = new List<Said>();
        while (!stream.IsEmpty && reader.Error is null)
        {
            var room = reader.Room();
            if (room.IsEmpty) throw new InvalidDataException("the reader has no room and waits for more");
            var chunk = Math.Min(Math.Min(room.Length, stream.Length), random.Next(4) switch
            {
                0 => random.Next(1, 20),
                1 => random.Next(1, 4_000),
                _ => random.Next(1, 700_000),
            });
            stream[..chunk].CopyTo(room);
            reader.Received(chunk);
            stream = stream[chunk..];
            while (reader.TryRead(out var header, out var payload))
            {
                if (payload.Length > MaxPayload || payload.Length != (int)header.PayloadBytes)
                    throw new InvalidDataException($"{payload.Length} bytes of payload, the header says {header.PayloadBytes}");
                read.Add(new Said(header, payload.ToArray()));
            }
        }

        return read;
    }

    /// <summary>Whether it is the same to a receiver; lengths, pieces and CRCs are the codec's own.</summary>
    public static bool Same(Said one, Said other)
    {
        return Bare(one) == Bare(other) && one.Payload.AsSpan().SequenceEqual(other.Payload);

        static (MessageType, MessageFlags, ulong, ulong, ulong, ulong, ulong, ulong, (ulong, long, ulong, uint)) Bare(Said said) =>
            (said.Header.Type, said.Header.Flags, said.Header.Chain, said.Header.TermCounter, said.Header.TermRuler,
                said.Header.Sender, said.Header.Receiver, said.Header.Checkpoint,
                (said.Header.Clock, said.Header.Time, said.Header.Committed, said.Header.OldestAge));
    }
}
