using Holdfast.NfLib.Memory;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Memory;

/// <summary>Between threads of one process, which the kernel treats as those of several.</summary>
public sealed class RobustMutexTests
{
    private const int Long = 60_000;

    private MemoryObject _memory = null!;
    private MutexHolder _shared = null!;

    [SetUp]
    public void Create()
    {
        _memory = MutexHolder.Create();
        _shared = new MutexHolder(_memory);
    }

    [TearDown]
    public void Dispose() => _memory.Dispose();

    [Test]
    public void Who_waits_gets_it_when_it_is_released()
    {
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean));
        var waiter = new Waiter(_shared.Mutex);
        waiter.WaitUntilAsleep(ref _shared.Word);
        _shared.Mutex.Release();
        Assert.That(waiter.Result(), Is.EqualTo(Acquired.Clean));
    }

    [Test]
    public void All_who_wait_get_it_in_turn()
    {
        _shared.Mutex.TryAcquire(0);
        var waiters = Enumerable.Range(0, 4).Select(_ => new Waiter(_shared.Mutex)).ToList();
        foreach (var waiter in waiters) waiter.WaitUntilAsleep(ref _shared.Word);
        _shared.Mutex.Release();
        Assert.That(waiters.Select(w => w.Result()), Is.All.EqualTo(Acquired.Clean));
    }

    [Test]
    public void Who_waits_is_told_that_the_owner_ended()
    {
        Waiter? waiter = null;
        OnThread(() =>
        {
            _shared.Mutex.TryAcquire(0);
            waiter = new Waiter(_shared.Mutex);
            waiter.WaitUntilAsleep(ref _shared.Word);
        });
        Assert.That(waiter!.Result(), Is.EqualTo(Acquired.OwnerDied));
    }

    [Test]
    public void An_owner_that_ended_is_told_once()
    {
        OnThread(() => _shared.Mutex.TryAcquire(0));
        // Thread.Join returns a little before the kernel's thread has ended.
        Assert.That(_shared.Mutex.TryAcquire(Long), Is.EqualTo(Acquired.OwnerDied));
        _shared.Mutex.Release();
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean));
        _shared.Mutex.Release();
    }

    [Test]
    public void While_it_is_held_others_time_out()
    {
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean));
        OnThread(() => Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.TimedOut)));
        OnThread(() => Assert.That(_shared.Mutex.TryAcquire(30), Is.EqualTo(Acquired.TimedOut)));
        Assert.That(_shared.Mutex.OwnerThread, Is.EqualTo(Libc.GetThreadId()));
        _shared.Mutex.Release();
        Assert.That(_shared.Mutex.OwnerThread, Is.Zero);
    }

    [Test]
    public void A_thread_that_timed_out_and_ended_changes_nothing()
    {
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean));
        OnThread(() => _shared.Mutex.TryAcquire(1));
        _shared.Mutex.Release();
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean));
        _shared.Mutex.Release();
    }

    /// <summary>Every third owner ends inside. Each of these deaths must be told to exactly one successor, and nobody may
    /// sleep on for want of a wake-up.</summary>
    [Test]
    public void Every_death_among_many_is_told_exactly_once()
    {
        const int Threads = 300;
        int died = 0, told = 0;
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            for (var turn = 0; turn < 50; turn++)
            {
                var acquired = _shared.Mutex.TryAcquire(Long);
                if (acquired == Acquired.TimedOut) return; // Before falls short
                if (acquired == Acquired.OwnerDied) told++;
                _shared.CountOnce();
                if (turn == 49 && i % 3 == 0)
                {
                    died++;
                    return;
                }

                _shared.Mutex.Release();
            }
        })).ToList();
        foreach (var batch in threads.Chunk(8))
        {
            foreach (var thread in batch) thread.Start();
            foreach (var thread in batch) thread.Join();
        }

        if (_shared.Mutex.TryAcquire(Long) == Acquired.OwnerDied) told++;
        _shared.Mutex.Release();
        Assert.That(_shared.Before, Is.EqualTo(Threads * 50));
        Assert.That(died, Is.EqualTo(Threads / 3));
        Assert.That(told, Is.EqualTo(died));
    }

    [Test]
    public void Noise_in_the_word_neither_hangs_nor_crashes()
    {
        var random = new Random(4);
        for (var i = 0; i < 2_000; i++)
        {
            var noise = (uint)random.NextInt64(1L << 32) & (i % 4 == 0 ? 0xC000_0000 : uint.MaxValue);
            Volatile.Write(ref _shared.Word, noise);
            var acquired = _shared.Mutex.TryAcquire(i % 100 == 0 ? 2 : 0);
            if (acquired == Acquired.TimedOut)
            {
                Assert.That(noise & 0x3FFF_FFFF, Is.Not.Zero, "a word without an owner is free");
                MutexHolder.DeclareOwnerDead(_memory);
                acquired = _shared.Mutex.TryAcquire(0);
                Assert.That(acquired, Is.EqualTo(Acquired.OwnerDied), "the backstop frees it");
            }

            _shared.Mutex.Release();
        }
    }

    [Test]
    public void The_backstop_wakes_who_waits_for_an_owner_that_nobody_can_name()
    {
        Volatile.Write(ref _shared.Word, 0x3FFF_FFFF);
        var waiter = new Waiter(_shared.Mutex);
        waiter.WaitUntilAsleep(ref _shared.Word);
        MutexHolder.DeclareOwnerDead(_memory);
        Assert.That(waiter.Result(), Is.EqualTo(Acquired.OwnerDied));
    }

    [Test]
    public void An_owner_whose_word_was_overwritten_is_told_so()
    {
        _shared.Mutex.TryAcquire(0);
        Volatile.Write(ref _shared.Word, 0x1234_5678);
        Assert.That(_shared.Mutex.Release, Throws.TypeOf<RobustMutexException>().With.Message.Contains("0x12345678"));
        Volatile.Write(ref _shared.Word, (uint)Libc.GetThreadId());
        Assert.That(() => _shared.Mutex.TryAcquire(Long), Throws.TypeOf<RobustMutexException>().With.Message.Contains("wrote over"));
        Volatile.Write(ref _shared.Word, 0);
        Assert.That(_shared.Mutex.TryAcquire(0), Is.EqualTo(Acquired.Clean), "the thread can use it again");
        _shared.Mutex.Release();
    }

    [Test]
    public void What_breaks_the_rules_is_refused()
    {
        using var other = MutexHolder.Create();
        _shared.Mutex.TryAcquire(0);
        Assert.That(() => _shared.Mutex.TryAcquire(0), Throws.TypeOf<RobustMutexException>());
        Assert.That(() => new MutexHolder(other).Mutex.TryAcquire(0), Throws.TypeOf<RobustMutexException>());
        OnThread(() => Assert.That(_shared.Mutex.Release, Throws.TypeOf<RobustMutexException>()));
        _shared.Mutex.Release();
        Assert.That(_shared.Mutex.Release, Throws.TypeOf<RobustMutexException>());
        foreach (var offset in new[] { -64, 2, _memory.Bytes - 60, long.MaxValue })
            Assert.That(() => new RobustMutex(_memory, offset), Throws.TypeOf<MemoryObjectException>());
    }

    [Test]
    public void Nothing_allocates_after_the_first_time()
    {
        _shared.Mutex.TryAcquire(0);
        _shared.Mutex.Release();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            _shared.Mutex.TryAcquire(1);
            _shared.Mutex.Release();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread(), Is.EqualTo(before));
    }

    private static void OnThread(Action body)
    {
        Exception? thrown = null;
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception error)
            {
                thrown = error;
            }
        });
        thread.Start();
        thread.Join();
        if (thrown is not null) throw new AssertionException(thrown.Message, thrown);
    }

    /// <summary>A thread that waits for the mutex, and releases it again.</summary>
    private sealed class Waiter
    {
        private readonly Thread _thread;
        private Acquired _result;
        private long _waited;

        public Waiter(RobustMutex mutex)
        {
            _thread = new Thread(() =>
            {
                var began = Environment.TickCount64;
                _result = mutex.TryAcquire(Long);
                _waited = Environment.TickCount64 - began;
                if (_result != Acquired.TimedOut) mutex.Release();
            });
            _thread.Start();
        }

        /// <summary>Until it has marked the word and is in the kernel.</summary>
        public void WaitUntilAsleep(ref uint word)
        {
            while ((Volatile.Read(ref word) & 0x8000_0000) == 0 || (_thread.ThreadState & ThreadState.Unstarted) != 0) Thread.Sleep(1);
            Thread.Sleep(20);
        }

        public Acquired Result()
        {
            _thread.Join();
            Assert.That(_waited, Is.LessThan(Long / 2), "woken, not timed out");
            return _result;
        }
    }
}
