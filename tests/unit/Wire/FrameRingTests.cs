using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Wire;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Wire;

public sealed unsafe class FrameRingTests
{
    private const int DataBytes = 1024;
    private const byte Guard = 0xA5;
    private MemoryObject _memory = null!;
    private byte* _ring;

    private ref ulong Tail => ref *(ulong*)(_ring + FrameRing.TailOffset);

    private ref ulong Head => ref *(ulong*)(_ring + FrameRing.HeadOffset);

    [SetUp]
    public void MakeRingWithGuards()
    {
        _memory = MemoryObject.OnHeap(ObjectKind.Wire, 1, 4096 + FrameRing.TotalBytes(DataBytes) + 4096);
        _ring = _memory.Base + 4096;
        Behind().Fill(Guard);
    }

    [TearDown]
    public void Free() => _memory.Dispose();

    [Test]
    public void Frames_of_any_length_come_out_as_they_went_in()
    {
        var random = new Random(1);
        var producer = new FrameRingProducer(_ring, DataBytes);
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        var model = new Queue<(byte[] Frame, ulong Tag, uint Term)>();
        ulong tag = 0;
        var full = 0;
        for (var round = 0; round < 50_000; round++)
        {
            for (var i = random.Next(6); i > 0; i--)
            {
                var frame = new byte[random.Next(3) == 0 ? random.Next(400) : random.Next(80)];
                random.NextBytes(frame);
                if (producer.TryWrite(frame, ++tag, (uint)round)) model.Enqueue((frame, tag, (uint)round));
                else full++;
            }

            producer.Publish();
            for (var i = random.Next(8); i > 0 && consumer.TryPeek(out var frame, out var gotTag, out var term); i--)
            {
                var expected = model.Dequeue();
                if (!frame.SequenceEqual(expected.Frame) || gotTag != expected.Tag || term != expected.Term)
                    Assert.Fail($"round {round}: tag {gotTag} instead of {expected.Tag}");
                consumer.Take(frame.Length);
                consumer.Release();
            }
        }

        while (consumer.TryPeek(out var rest, out _, out _))
        {
            model.Dequeue();
            consumer.Take(rest.Length);
        }

        Assert.That(model, Is.Empty);
        Assert.That(full, Is.Positive);
        Assert.That(consumer.IsCorrupt, Is.False);
        AssertGuards();
    }

    [Test]
    public void Written_is_not_visible_before_it_is_published()
    {
        var producer = new FrameRingProducer(_ring, DataBytes);
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        Assert.That(producer.TryWrite("x"u8, 1, 1));
        Assert.That(consumer.TryPeek(out _, out _, out _), Is.False);
        Assert.That(producer.Publish());
        Assert.That(producer.Publish(), Is.False, "nothing new");
        Assert.That(consumer.TryPeek(out var frame, out _, out _));
        Assert.That(frame.SequenceEqual("x"u8));
    }

    [Test]
    public void The_end_of_the_ring_is_skipped_and_a_frame_never_split()
    {
        var producer = new FrameRingProducer(_ring, DataBytes);
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        var frame = new byte[400]; // 416 with its header: two fit, the third begins anew
        for (ulong i = 0; i < 2; i++) Assert.That(producer.TryWrite(frame, i, 0));
        Assert.That(producer.TryWrite(frame, 2, 0), Is.False);
        producer.Publish();
        Assert.That(consumer.TryPeek(out _, out _, out _));
        consumer.Take(400);
        Assert.That(producer.TryWrite(frame, 2, 0), Is.False, "taken, but not released");
        consumer.Release();
        Assert.That(producer.TryWrite(frame, 2, 0), "the 192 bytes at the end are skipped");
        producer.Publish();
        consumer.Take(400);
        Assert.That(consumer.TryPeek(out _, out var tag, out _));
        Assert.That(tag, Is.EqualTo(2));
    }

    [Test]
    public void A_frame_larger_than_the_limit_is_not_taken()
    {
        const int Large = 64 * 1024;
        using var memory = MemoryObject.OnHeap(ObjectKind.Wire, 1, 4096 + FrameRing.TotalBytes(Large));
        var producer = new FrameRingProducer(memory.Base + 4096, Large);
        Assert.That(producer.TryWrite(new byte[FrameRing.MaxFrameBytes + 1], 1, 0), Is.False,
            "the reader would take it for damage");
        Assert.That(producer.TryWrite(new byte[FrameRing.MaxFrameBytes], 1, 0));
    }

    [Test]
    public void A_new_process_goes_on_where_the_old_one_stopped()
    {
        var producer = new FrameRingProducer(_ring, DataBytes);
        producer.TryWrite("one"u8, 1, 0);
        producer.Publish();
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        consumer.TryPeek(out var frame, out _, out _);
        consumer.Take(frame.Length);
        consumer.Release();

        producer = new FrameRingProducer(_ring, DataBytes);
        consumer = new FrameRingConsumer(_ring, DataBytes);
        Assert.That(producer.Publish(), Is.False);
        Assert.That(consumer.TryPeek(out _, out _, out _), Is.False);
        producer.TryWrite("two"u8, 2, 0);
        producer.Publish();
        Assert.That(consumer.TryPeek(out frame, out _, out _));
        Assert.That(frame.SequenceEqual("two"u8));
    }

    [Test]
    public void A_new_writer_overwrites_nothing_that_was_not_read()
    {
        var producer = new FrameRingProducer(_ring, DataBytes);
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        for (var i = 0; i < 100; i++) // several times around
        {
            producer.TryWrite(new byte[100], 0, 0);
            producer.Publish();
            if (!consumer.TryPeek(out var frame, out _, out _)) Assert.Fail($"frame {i} is missing");
            consumer.Take(frame.Length);
            consumer.Release();
        }

        Assert.That(producer.TryWrite(new byte[300], tag: 7, 0));
        producer.Publish();
        producer = new FrameRingProducer(_ring, DataBytes);
        for (var i = 0; i < 20; i++) producer.TryWrite(new byte[100], tag: 8, 0);
        producer.Publish();
        Assert.That(consumer.TryPeek(out var first, out var tag, out _));
        Assert.That((first.Length, tag), Is.EqualTo((300, 7UL)));
    }

    [Test]
    public void Two_threads_pass_frames_in_order()
    {
        const ulong Count = 300_000;
        var thread = new Thread(() =>
        {
            var producer = new FrameRingProducer(_ring, DataBytes);
            var random = new Random(2);
            Span<byte> frame = stackalloc byte[200];
            for (ulong tag = 1; tag <= Count;)
            {
                var part = frame[..random.Next(frame.Length)];
                part.Fill((byte)tag);
                if (producer.TryWrite(part, tag, 0)) tag++;
                else Thread.Yield();
                producer.Publish();
            }
        });
        thread.Start();
        var consumer = new FrameRingConsumer(_ring, DataBytes);
        for (ulong expected = 1; expected <= Count;)
        {
            if (!consumer.TryPeek(out var frame, out var tag, out _))
            {
                Assert.That(consumer.IsCorrupt, Is.False);
                Thread.Yield();
                continue;
            }

            if (tag != expected
                || frame.IndexOfAnyExcept((byte)expected) >= 0) Assert.Fail($"frame {tag} instead of {expected}");
            consumer.Take(frame.Length);
            consumer.Release();
            expected++;
        }

        thread.Join();
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_reader_stays_inside_whatever_stands_in_the_ring(int seed)
    {
        var random = new Random(seed);
        int frames = 0, corrupt = 0;
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(Data());
            for (var at = 0; at < DataBytes; at += random.Next(1, 12) * 16)
                *(uint*)(_ring + FrameRing.DataOffset + at) = random.Next(5) switch
                {
                    0 => FrameRing.Filler,
                    1 => (uint)random.Next(),
                    2 => uint.MaxValue - (uint)random.Next(40),
                    _ => (uint)random.Next(300),
                };
            Head = Strange(random, 0);
            Tail = Strange(random, Head);
            if (Head % FrameRing.Alignment != 0)
            {
                Assert.That(() => new FrameRingConsumer(_ring, DataBytes), Throws.TypeOf<MemoryObjectException>());
                continue;
            }

            var consumer = new FrameRingConsumer(_ring, DataBytes);
            for (var i = 0; i < 200 && consumer.TryPeek(out var frame, out _, out _); i++, frames++)
            {
                fixed (byte* start = frame)
                {
                    if (frame.Length > 0 && (start < _ring + FrameRing.DataOffset
                        || start + frame.Length > _ring + FrameRing.TotalBytes(DataBytes)))
                        Assert.Fail($"round {round}: a frame outside the ring");
                }

                consumer.Take(frame.Length);
            }

            if (consumer.IsCorrupt) corrupt++;
            Assert.That(consumer.TryPeek(out _, out _, out _), Is.False, "it comes to an end");
        }

        Assert.That(frames, Is.GreaterThan(100));
        Assert.That(corrupt, Is.GreaterThan(100));
    }

    [TestCase(DataBytes + 16UL)]
    [TestCase(ulong.MaxValue - 2000)]
    public void A_reader_that_claims_to_have_read_what_was_not_written_gets_nothing(ulong head)
    {
        var producer = new FrameRingProducer(_ring, DataBytes);
        while (producer.TryWrite(new byte[100], 1, 1)) { }
        producer.Publish();
        Head = head;
        Assert.That(producer.TryWrite(new byte[100], 1, 1), Is.False);
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_writer_stays_inside_whatever_the_reader_says(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            Tail = Strange(random, 0);
            Head = Strange(random, Tail);
            if (Tail % FrameRing.Alignment != 0)
            {
                Assert.That(() => new FrameRingProducer(_ring, DataBytes), Throws.TypeOf<MemoryObjectException>());
                continue;
            }

            var producer = new FrameRingProducer(_ring, DataBytes);
            for (var i = 0; i < 20; i++)
            {
                producer.TryWrite(new byte[random.Next(300)], 1, 1);
                if (random.Next(3) == 0) Head = Strange(random, Head);
            }

            producer.Publish();
        }

        AssertGuards();
    }

    private static ulong Strange(Random random, ulong near) => random.Next(5) switch
    {
        0 => near,
        1 => near + (ulong)random.Next(0, 70) * 16,
        2 => near + (ulong)random.Next(-1100, 1100),
        3 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        _ => ulong.MaxValue - (ulong)random.Next(40),
    };

    private Span<byte> Data() => new(_ring + FrameRing.DataOffset, DataBytes);

    private Span<byte> Behind() => new(_ring + FrameRing.TotalBytes(DataBytes), 4096);

    private void AssertGuards()
    {
        Assert.That(Behind().IndexOfAnyExcept(Guard), Is.EqualTo(-1), "behind the ring");
        Assert.That(new ReadOnlySpan<byte>(_memory.Base + ObjectHeader.Bytes,
            4096 - ObjectHeader.Bytes).IndexOfAnyExcept((byte)0),
            Is.EqualTo(-1), "before the ring");
    }
}
