using NUnit.Framework;

namespace Holdfast.Tests.Unit.Xdp;

/// <summary>The rings between a socket and the kernel.</summary>
public sealed class XskRingTests
{
    [Test]
    public void What_is_put_is_seen_once_published_and_the_indices_wrap_round()
    {
        using var ring = new PlainRing<ulong>(8);
        ring.Producer = ring.Consumer = uint.MaxValue - 3;
        var producer = ring.OpenProducer();
        for (ulong round = 0; round < 10; round++)
        {
            Assert.That(producer.Room, Is.EqualTo(8));
            for (ulong i = 0; i < 5; i++) producer.Put(round * 5 + i);
            Assert.That(producer.Room, Is.EqualTo(3), "what is not published needs room too");
            Assert.That(ring.Producer, Is.EqualTo(ring.Consumer));
            Assert.That(producer.Publish(), Is.True);
            Assert.That(producer.Publish(), Is.False);
            Assert.That(producer.Unread, Is.EqualTo(5));
            for (ulong i = 0; i < 5; i++) Assert.That(ring[ring.Consumer++], Is.EqualTo(round * 5 + i));
        }
    }

    [Test]
    public void What_is_written_is_taken_in_order()
    {
        using var ring = new PlainRing<ulong>(8);
        ring.Producer = ring.Consumer = uint.MaxValue - 3;
        var consumer = ring.OpenConsumer();
        for (ulong i = 0; i < 50; i++)
        {
            Assert.That(consumer.Available, Is.Zero);
            ring.Write(i);
            Assert.That(consumer.Available, Is.EqualTo(1));
            Assert.That(consumer.Take(), Is.EqualTo(i));
            consumer.Release();
            Assert.That(ring.Consumer, Is.EqualTo(ring.Producer));
        }
    }

    [TestCase(9u)]
    [TestCase(0x8000_0000u)]
    [TestCase(uint.MaxValue)]
    public void More_written_than_there_are_slots_is_nothing(uint producer)
    {
        using var ring = new PlainRing<ulong>(8);
        var consumer = ring.OpenConsumer();
        ring.Producer = producer;
        Assert.That(consumer.Available, Is.Zero);
    }

    [TestCase(1u)]
    [TestCase(0x8000_0000u)]
    [TestCase(uint.MaxValue - 8)]
    public void A_reader_beyond_what_was_written_leaves_no_room(uint consumer)
    {
        using var ring = new PlainRing<ulong>(8);
        var producer = ring.OpenProducer();
        ring.Consumer = consumer;
        Assert.That(producer.Room, Is.Zero);
    }
}
