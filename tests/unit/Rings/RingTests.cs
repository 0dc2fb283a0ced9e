using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Rings;

public sealed class RingTests
{
    [Test]
    public void What_is_published_comes_out_in_order_and_once()
    {
        using var memory = RingLayout.OnHeap(8);
        var producer = new RingProducer(memory);
        var consumer = new RingConsumer(memory);
        Assert.That(consumer.Available(), Is.Zero);
        for (uint i = 0; i < 3; i++) producer.Put((int)i, Descriptor.Packet(i + 10));
        Assert.That(consumer.Available(), Is.Zero, "written is not published");

        producer.Publish(3);
        Assert.That(consumer.Available(32), Is.EqualTo(3));
        Assert.That(new[] { consumer.Peek(0).Value, consumer.Peek(1).Value, consumer.Peek(2).Value },
            Is.EqualTo(new[] { 10, 11, 12 }));
        Assert.That(consumer.Available(32), Is.EqualTo(3), "looking takes nothing");
        consumer.Advance(2);
        Assert.That((consumer.Available(32), consumer.Peek(0).Value), Is.EqualTo((1, 12UL)));
    }

    [Test]
    public void A_batch_goes_in_at_once_also_around_the_end([Range(0, 7)] int start)
    {
        using var memory = RingLayout.OnHeap(8);
        var producer = new RingProducer(memory);
        var consumer = new RingConsumer(memory);
        for (uint i = 0; i < start; i++) producer.TryEnqueue(Descriptor.Packet(i));
        consumer.Advance(consumer.Available(8));
        Descriptor[] batch = [.. Enumerable.Range(100, 8).Select(i => Descriptor.Packet((uint)i))];
        producer.Put(batch);
        Assert.That(consumer.Available(8), Is.Zero, "written is not published");
        producer.Publish(8);
        Assert.That(consumer.Available(8), Is.EqualTo(8));
        Assert.That(Enumerable.Range(0, 8).Select(consumer.Peek), Is.EqualTo(batch));
    }

    [Test]
    public void A_full_ring_takes_nothing_until_the_consumer_made_room()
    {
        using var memory = RingLayout.OnHeap(4);
        var producer = new RingProducer(memory);
        var consumer = new RingConsumer(memory);
        for (uint i = 0; i < 4; i++) Assert.That(producer.TryEnqueue(Descriptor.Packet(i)));
        Assert.That(producer.TryEnqueue(Descriptor.Packet(4)), Is.False);
        Assert.That(producer.Room(1), Is.Zero);
        Assert.That(consumer.Available(32), Is.EqualTo(4), "all slots are usable");
        consumer.Advance(1);
        Assert.That(producer.Room(1), Is.EqualTo(1));
        Assert.That(producer.TryEnqueue(Descriptor.Packet(4)));
        Assert.That(consumer.Peek(3).Value, Is.EqualTo(4));
    }

    [Test]
    public void Random_bursts_behave_like_a_bounded_queue()
    {
        var random = new Random(1);
        using var memory = RingLayout.OnHeap(16);
        var producer = new RingProducer(memory);
        var consumer = new RingConsumer(memory);
        var model = new Queue<ulong>();
        uint next = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var wanted = random.Next(1, 20);
            var room = producer.Room(wanted);
            Assert.That(room, Is.LessThanOrEqualTo(16 - model.Count)
                .And.GreaterThanOrEqualTo(Math.Min(wanted, 16 - model.Count)));
            var put = Math.Min(room, random.Next(20));
            for (var i = 0; i < put; i++, next++)
            {
                producer.Put(i, Descriptor.Packet(next));
                model.Enqueue(next);
            }

            producer.Publish(put);
            wanted = random.Next(1, 20);
            var available = consumer.Available(wanted);
            Assert.That(available, Is.LessThanOrEqualTo(model.Count)
                .And.GreaterThanOrEqualTo(Math.Min(wanted, model.Count)));
            var taken = Math.Min(available, random.Next(20));
            for (var i = 0; i < taken; i++)
            {
                if (consumer.Peek(i).Value != model.Dequeue()) Assert.Fail($"round {round}: wrong descriptor");
            }

            consumer.Advance(taken);
        }

        Assert.That((producer.Tail, consumer.Head), Is.EqualTo(((ulong)next, next - (ulong)model.Count)));
    }

    [Test]
    public void A_new_process_goes_on_where_the_old_one_stopped()
    {
        using var memory = RingLayout.OnHeap(4);
        var first = new RingProducer(memory);
        for (uint i = 0; i < 3; i++) first.TryEnqueue(Descriptor.Packet(i));
        new RingConsumer(memory).Advance(1);

        var producer = new RingProducer(memory);
        var consumer = new RingConsumer(memory);
        Assert.That((producer.Room(4), consumer.Available(4), consumer.Peek(0).Value), Is.EqualTo((2, 2, 1UL)));
    }

    [Test]
    public void Two_threads_pass_every_descriptor_in_order()
    {
        const uint Count = 3_000_000;
        using var memory = RingLayout.OnHeap(256);
        var thread = new Thread(() =>
        {
            var producer = new RingProducer(memory);
            var random = new Random(2);
            for (uint sent = 0; sent < Count;)
            {
                var burst = (int)Math.Min(Math.Min(producer.Room(32), random.Next(1, 33)), Count - sent);
                for (var i = 0; i < burst; i++) producer.Put(i, Descriptor.Packet(sent++));
                producer.Publish(burst);
                if (burst == 0) Thread.Yield();
            }
        });
        thread.Start();
        var consumer = new RingConsumer(memory);
        for (uint received = 0; received < Count;)
        {
            var burst = Math.Min(consumer.Available(32), 32);
            for (var i = 0; i < burst; i++, received++)
            {
                if (consumer.Peek(i) != Descriptor.Packet(received))
                    Assert.Fail($"{consumer.Peek(i)} instead of {received}");
            }

            consumer.Advance(burst);
            if (burst == 0) Thread.Yield();
        }

        thread.Join();
        Assert.That(consumer.Available(), Is.Zero);
    }

    [TestCase(0u)]
    [TestCase(3u)]
    [TestCase(uint.MaxValue)]
    public void A_capacity_is_a_power_of_two(uint capacity) =>
        Assert.That(() => RingLayout.OnHeap(capacity), Throws.TypeOf<ArgumentOutOfRangeException>());

    [TestCase(0u)]
    [TestCase(12u)]
    [TestCase(32u)]
    [TestCase(1u << 31)]
    public void A_capacity_that_the_memory_does_not_have_is_refused(uint claimed)
    {
        using var memory = RingLayout.OnHeap(16);
        memory.Header.Count = claimed;
        Assert.That(() => new RingProducer(memory), Throws.TypeOf<MemoryObjectException>());
        Assert.That(() => new RingConsumer(memory), Throws.TypeOf<MemoryObjectException>());
    }

    [Test]
    public void Descriptors_keep_kind_and_value()
    {
        var all = new[]
        {
            (Descriptor.Packet(uint.MaxValue), DescriptorKind.Packet, uint.MaxValue),
            (Descriptor.Barrier(7, join: false), DescriptorKind.Barrier, 7UL),
            (Descriptor.Barrier(Descriptor.MaxValue, join: true), DescriptorKind.JoinBarrier, Descriptor.MaxValue),
            (Descriptor.Tick(1_700_000_000_123_456_789), DescriptorKind.Tick, 1_700_000_000_123_456UL),
        };
        foreach (var (descriptor, kind, value) in all) Assert.That((descriptor.Kind, descriptor.Value),
            Is.EqualTo((kind, value)));
    }
}
