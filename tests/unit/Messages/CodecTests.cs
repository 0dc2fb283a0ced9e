using System.Runtime.InteropServices;
using Holdfast.Replicator.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Messages;

/// <summary>What is written is what is read, whole, in order, in whatever chunks it arrives.</summary>
public sealed class CodecTests
{
    [Test]
    public void Headers_have_their_size_and_no_field_overlaps_the_checksum()
    {
        Assert.That(Marshal.SizeOf<MessageHeader>(), Is.EqualTo(MessageHeader.Bytes));
        Assert.That(Marshal.SizeOf<Hello>(), Is.EqualTo(Hello.Bytes));
        Assert.That((int)Marshal.OffsetOf<MessageHeader>(nameof(MessageHeader.HeaderCrc)), Is.EqualTo(MessageHeader.Bytes - sizeof(uint)));
    }

    [Test]
    public void Any_stream_of_messages_comes_out_as_it_went_in([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        var said = Enumerable.Range(0, random.Next(1, 30)).Select(_ => Talk.Random(random, random.Next(8) == 0 ? Talk.MaxPayload : 2_000)).ToList();
        var reader = new MessageReader(Talk.MaxPayload);
        var read = Talk.Feed(reader, said.SelectMany(s => s.Bytes).ToArray(), random);
        Assert.That(reader.Error, Is.Null);
        Assert.That(read, Has.Count.EqualTo(said.Count));
        for (var i = 0; i < said.Count; i++) Assert.That(Talk.Same(read[i], said[i]), Is.True, $"message {i}");
    }

    [Test]
    public void Payloads_around_the_size_of_a_piece_come_out_whole(
        [Values(0, 1, MessageWriter.MaxPieceBytes - 1, MessageWriter.MaxPieceBytes, MessageWriter.MaxPieceBytes + 1, 2 * MessageWriter.MaxPieceBytes)] int bytes)
    {
        var payload = new byte[bytes];
        new Random(bytes).NextBytes(payload);
        var said = new Said(new MessageHeader { Type = MessageType.Prepare, Checkpoint = 5 }, payload);
        Assert.That(Talk.PiecesOf(said.Bytes), Has.Count.EqualTo(Math.Max(1, (bytes + MessageWriter.MaxPieceBytes - 1) / MessageWriter.MaxPieceBytes)));
        var read = Talk.Feed(new MessageReader(Talk.MaxPayload), said.Bytes, new Random(1));
        Assert.That(read, Has.Count.EqualTo(1));
        Assert.That(Talk.Same(read[0], said), Is.True);
    }

    [Test]
    public void Heartbeats_pass_between_the_pieces_of_a_large_message()
    {
        var random = new Random(3);
        var large = new byte[Talk.MaxPayload];
        random.NextBytes(large);
        var prepare = new Said(new MessageHeader { Type = MessageType.Prepare, Checkpoint = 9 }, large);
        var heartbeat = new Said(new MessageHeader { Type = MessageType.Heartbeat, OldestAge = 7 }, []);
        var pieces = Talk.PiecesOf(prepare.Bytes);
        byte[] stream = [.. pieces[0], .. heartbeat.Bytes, .. heartbeat.Bytes, .. pieces[1], .. heartbeat.Bytes, .. pieces[2]];
        var reader = new MessageReader(Talk.MaxPayload);
        var read = Talk.Feed(reader, stream, random);
        Assert.That(reader.Error, Is.Null);
        Assert.That(read.Select(r => r.Header.Type),
            Is.EqualTo((MessageType[])[MessageType.Heartbeat, MessageType.Heartbeat, MessageType.Heartbeat, MessageType.Prepare]));
        Assert.That(Talk.Same(read[3], prepare), Is.True);
    }

    [Test]
    public void Pieces_of_two_messages_never_make_one()
    {
        var random = new Random(4);
        var one = Talk.PiecesOf(Large(1).Bytes);
        var other = Talk.PiecesOf(Large(2).Bytes);
        foreach (byte[] stream in (byte[][])[[.. one[0], .. other[1]], [.. one[0], .. one[2]], [.. one[1]], [.. one[0], .. one[1], .. one[1]]])
        {
            var reader = new MessageReader(Talk.MaxPayload);
            Assert.That(Talk.Feed(reader, stream, random), Is.Empty);
            Assert.That(reader.Error, Does.Contain("does not follow"));
        }

        static Said Large(ulong checkpoint) =>
            new(new MessageHeader { Type = MessageType.Prepare, Checkpoint = checkpoint }, new byte[Talk.MaxPayload]);
    }

    [Test]
    public void A_writer_says_when_it_is_full_and_forgets_what_was_sent()
    {
        var writer = new MessageWriter(1_000);
        Assert.That(writer.HasRoom(1_000 - MessageHeader.Bytes), Is.True);
        Assert.That(writer.HasRoom(1_000 - MessageHeader.Bytes + 1), Is.False);
        writer.Append(new MessageHeader { Type = MessageType.Prepare, Checkpoint = 1 }, new byte[500]);
        Assert.That(writer.HasRoom(300), Is.False);
        writer.Sent(600);
        Assert.That(writer.HasRoom(300), Is.True, "sent bytes make room although some before the end still wait");
        var second = new Said(new MessageHeader { Type = MessageType.Prepare, Checkpoint = 2 }, new byte[300]);
        writer.Append(second.Header, second.Payload);
        writer.Sent(28);
        Assert.That(writer.Pending.ToArray(), Is.EqualTo(second.Bytes));
    }
}
