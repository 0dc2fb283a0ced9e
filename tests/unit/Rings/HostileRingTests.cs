using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Rings;

/// <summary>What the other end writes into a ring's words never leads an honest end outside the slots.</summary>
public sealed unsafe class HostileRingTests
{
    private const uint Capacity = 16;
    private const byte Guard = 0xA5;
    private MemoryObject _memory = null!;

    private ref ulong Tail => ref *(ulong*)(_memory.Base + RingLayout.TailOffset);

    private ref ulong Head => ref *(ulong*)(_memory.Base + RingLayout.HeadOffset);

    private Span<byte> Behind => new(_memory.Base + RingLayout.SlotsOffset + Capacity * sizeof(ulong), 4096);

    [SetUp]
    public void MakeRingWithGuards()
    {
        _memory = MemoryObject.OnHeap(ObjectKind.Ring, RingLayout.Version,
            RingLayout.SlotsOffset + Capacity * sizeof(ulong) + 4096, Capacity, sizeof(ulong));
        Behind.Fill(Guard);
    }

    [TearDown]
    public void Free() => _memory.Dispose();

    [Test]
    public void A_producer_writes_only_slots_whatever_the_head_says()
    {
        var random = new Random(1);
        var producer = new RingProducer(_memory);
        for (var round = 0; round < 100_000; round++)
        {
            Head = Strange(random, producer.Tail);
            var room = producer.Room(random.Next(1, 64));
            Assert.That(room, Is.InRange(0, (int)Capacity));
            var burst = random.Next(room + 1);
            for (var i = 0; i < burst; i++) producer.Put(i, new Descriptor(ulong.MaxValue));
            producer.Publish(burst);
        }

        AssertNothingElseWritten();
    }

    [Test]
    public void A_consumer_reads_only_slots_whatever_the_tail_says()
    {
        var random = new Random(2);
        for (var i = 0; i < Capacity; i++) ((ulong*)(_memory.Base + RingLayout.SlotsOffset))[i] = 42;
        for (var round = 0; round < 100_000; round++)
        {
            Head = Strange(random, 0);
            var consumer = new RingConsumer(_memory);
            Tail = Strange(random, consumer.Head);
            var available = consumer.Available(random.Next(1, 64));
            Assert.That(available, Is.InRange(0, (int)Capacity));
            Assert.That(consumer.IsCorrupt, Is.EqualTo(Tail - Head > Capacity));
            for (var i = 0; i < available; i++)
            {
                if (consumer.Peek(i).Raw != 42) Assert.Fail($"round {round}: read outside the slots");
            }

            consumer.Advance(available);
        }

        AssertNothingElseWritten();
    }

    [Test]
    public void A_consumer_that_saw_nonsense_reads_nothing_more()
    {
        var producer = new RingProducer(_memory);
        var consumer = new RingConsumer(_memory);
        producer.TryEnqueue(Descriptor.Packet(1));
        Assert.That(consumer.Available(), Is.EqualTo(1));
        Tail = 0;
        consumer.Advance(1);
        Assert.That((consumer.Available(), consumer.IsCorrupt), Is.EqualTo((0, true)), "the tail went back");
        Tail = 3;
        Assert.That(consumer.Available(), Is.Zero, "what comes later can't be trusted either");
    }

    private static ulong Strange(Random random, ulong near) => random.Next(4) switch
    {
        0 => near,
        1 => near + (ulong)random.Next(-40, 40),
        2 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        _ => ulong.MaxValue - (ulong)random.Next(40),
    };

    private void AssertNothingElseWritten()
    {
        Assert.That(Behind.IndexOfAnyExcept(Guard), Is.EqualTo(-1), "behind the slots");
        Assert.That(_memory.Header.Count, Is.EqualTo(Capacity));
        var between = new ReadOnlySpan<byte>(_memory.Base + RingLayout.HeadOffset + 8,
            RingLayout.SlotsOffset - RingLayout.HeadOffset - 8);
        Assert.That(between.IndexOfAnyExcept((byte)0), Is.EqualTo(-1), "before the slots");
    }
}
