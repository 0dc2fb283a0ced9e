using System.Diagnostics;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Rings;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Rings;

public sealed unsafe class DoorbellTests
{
    [Test]
    public void No_wake_up_is_lost_between_two_threads()
    {
        // Delays of random length on both sides let publishing and falling asleep meet at every distance.
        const long Rounds = 300_000;
        using var memory = Doorbells.OnHeap(1);
        var bell = new Doorbell(memory, Doorbells.OffsetOf(0));
        var word = (int*)(memory.Base + Doorbells.OffsetOf(0));
        long published = 0, rung = 0, seen = 0;
        var lost = 0;
        var far = new long[8 << 20];
        var publisher = new Thread(() =>
        {
            var random = new Random(1);
            for (var round = 1L; round <= Rounds; round++)
            {
                for (var spins = 0; Volatile.Read(ref seen) < round - 1; spins++)
                {
                    if (spins > 10_000) Thread.Yield();
                }

                // What makes the forbidden order likely: stores that wait for far memory, so that ours queues behind
                // them, and the sleep word at hand, so that our look at it does not.
                for (var i = random.Next(50); i > 0; i--) Volatile.Read(ref *word);
                for (var i = 0; i < 4; i++) far[random.Next(far.Length)] = round;
                Volatile.Write(ref published, round);
                bell.Ring();
                Volatile.Write(ref rung, round);
            }
        });
        publisher.Start();
        var sleeper = new Random(2);
        for (var round = 1L; round <= Rounds; round++)
        {
            for (var i = sleeper.Next(50); i > 0; i--) Volatile.Read(ref published);
            while (true)
            {
                bell.AnnounceSleep();
                if (Volatile.Read(ref published) >= round) break;
                Libc.FutexWait(word, 1, Doorbell.MaxSleepMilliseconds);
                // Ring has returned, but the sleep word still stands: that ring went missing, only the time-out helped.
                if (Volatile.Read(ref rung) >= round && Volatile.Read(ref *word) != 0) lost++;
            }

            bell.CancelSleep();
            Volatile.Write(ref seen, round);
        }

        publisher.Join();
        Assert.That(lost, Is.Zero);
    }

    [Test]
    public void A_ring_before_the_sleep_makes_it_short()
    {
        using var memory = Doorbells.OnHeap(1);
        var bell = new Doorbell(memory, Doorbells.OffsetOf(0));
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 20; i++)
        {
            bell.AnnounceSleep();
            bell.Ring();
            var before = Stopwatch.GetTimestamp();
            bell.Sleep();
            shortest = TimeSpan.FromTicks(Math.Min(shortest.Ticks, Stopwatch.GetElapsedTime(before).Ticks));
        }

        Assert.That(shortest, Is.LessThan(TimeSpan.FromMilliseconds(5)));
    }

    [Test]
    public void Nobody_sleeps_longer_than_the_limit()
    {
        using var memory = Doorbells.OnHeap(1);
        var bell = new Doorbell(memory, Doorbells.OffsetOf(0));
        bell.AnnounceSleep();
        var before = Stopwatch.GetTimestamp();
        bell.Sleep(milliseconds: 100_000);
        Assert.That(Stopwatch.GetElapsedTime(before), Is.LessThan(TimeSpan.FromSeconds(5))
            .And.GreaterThan(TimeSpan.FromMilliseconds(5)));
    }

    [Test]
    public void With_an_event_descriptor_only_a_sleeper_is_written_to_and_once()
    {
        using var memory = Doorbells.OnHeap(1);
        var eventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        var bell = new Doorbell(memory, Doorbells.OffsetOf(0), eventFd);
        bell.Ring();
        Assert.That(Count(eventFd), Is.Zero, "awake");

        bell.AnnounceSleep();
        bell.Ring();
        bell.Ring();
        Assert.That(Count(eventFd), Is.EqualTo(1));

        bell.AnnounceSleep();
        bell.Ring();
        bell.Awake();
        Assert.That(Count(eventFd), Is.Zero, "drained");
        bell.Ring();
        Assert.That(Count(eventFd), Is.Zero, "awake again");

        bell.AnnounceSleep();
        bell.CancelSleep();
        bell.Ring();
        Assert.That(Count(eventFd), Is.Zero, "thought better of it");
        _ = Libc.Close(eventFd);
    }

    [TestCase(0)]
    [TestCase(100)]
    [TestCase(128)]
    public void A_word_outside_its_memory_is_refused(int offset)
    {
        using var memory = Doorbells.OnHeap(1);
        Assert.That(() => new Doorbell(memory, offset), Throws.TypeOf<MemoryObjectException>());
    }

    private static ulong Count(int eventFd)
    {
        ulong value = 0;
        return Libc.Read(eventFd, &value, sizeof(ulong)) == sizeof(ulong) ? value : 0;
    }
}
