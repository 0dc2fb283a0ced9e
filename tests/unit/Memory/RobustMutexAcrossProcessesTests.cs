using System.Diagnostics;
using Holdfast.NfLib.Memory;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Memory;

/// <summary>Real processes, killed while they have the mutex or fight for it.</summary>
public sealed class RobustMutexAcrossProcessesTests
{
    /// <summary>64 MiB of shared pages keep the kernel busy after the death; the pidfd tells only then.</summary>
    [Test]
    public void A_killed_owner_is_told_before_its_memory_is_torn_down()
    {
        List<double> byMutex = [], byPidFd = [];
        using var pool = MemoryObject.Create("pool", ObjectKind.PacketPool, 1, 64 << 20);
        for (var round = 0; round < 7; round++)
        {
            using var memory = MutexHolder.Create();
            using var holder = ConnectedProcess.Start(MutexHolder.Mode, MutexHolder.Hold);
            holder.Socket.SendLine("memory", memory.Fd, pool.Fd);
            Assert.That(holder.Socket.ReadLine(ConnectedProcess.Patience), Is.EqualTo("held"));

            long told = 0, ended = 0;
            var acquired = Acquired.TimedOut;
            var waiter = new Thread(() =>
            {
                acquired = new MutexHolder(memory).Mutex.TryAcquire(60_000);
                told = Stopwatch.GetTimestamp();
            });
            var watcher = new Thread(() =>
            {
                WaitForEnd(holder.Id);
                ended = Stopwatch.GetTimestamp();
            });
            waiter.Start();
            watcher.Start();
            Thread.Sleep(50);
            var killed = Stopwatch.GetTimestamp();
            holder.Kill();
            waiter.Join();
            watcher.Join();
            Assert.That(acquired, Is.EqualTo(Acquired.OwnerDied));
            byMutex.Add(Stopwatch.GetElapsedTime(killed, told).TotalMicroseconds);
            byPidFd.Add(Stopwatch.GetElapsedTime(killed, ended).TotalMicroseconds);
        }

        TestContext.Out.WriteLine($"from SIGKILL to running, µs, sorted: mutex {List(byMutex)}; pidfd {List(byPidFd)}");
    }

    /// <summary>They die at any instruction of taking and releasing, with others asleep on the word.</summary>
    [Test]
    public void Whoever_is_killed_the_others_go_on_and_know_it()
    {
        using var memory = MutexHolder.Create();
        using var pool = MemoryObject.Create("pool", ObjectKind.PacketPool, 1, 4096);
        var shared = new MutexHolder(memory);
        var random = new Random(7);
        var died = 0;
        var counters = Enumerable.Range(0, 3).Select(_ => Counter(memory, pool)).ToList();
        try
        {
            for (var round = 0; round < 20; round++)
            {
                Thread.Sleep(random.Next(1, 15));
                var victim = random.Next(counters.Count);
                counters[victim].Kill();
                for (var turn = 0; turn < 20; turn++)
                {
                    var acquired = shared.Mutex.TryAcquire(30_000);
                    Assert.That(acquired, Is.Not.EqualTo(Acquired.TimedOut), $"round {round}");
                    if (acquired == Acquired.OwnerDied)
                    {
                        died++;
                        shared.After = shared.Before;
                    }

                    Assert.That(shared.After, Is.EqualTo(shared.Before), $"round {round}: half a count, and no death told");
                    shared.CountOnce();
                    shared.Mutex.Release();
                }

                counters[victim].Dispose();
                counters[victim] = Counter(memory, pool);
            }
        }
        finally
        {
            foreach (var counter in counters) counter.Dispose();
        }

        TestContext.Out.WriteLine($"20 kills, {died} told here, {shared.Before} turns");
    }

    private static ConnectedProcess Counter(MemoryObject memory, MemoryObject pool)
    {
        var counter = ConnectedProcess.Start(MutexHolder.Mode, MutexHolder.Count);
        counter.Socket.SendLine("memory", memory.Fd, pool.Fd);
        Assert.That(counter.Socket.ReadLine(ConnectedProcess.Patience), Is.EqualTo("counting"));
        return counter;
    }

    private static unsafe void WaitForEnd(int process)
    {
        // Safe: one entry, on this method's stack.
        var pidFd = Libc.PidFdOpen(process);
        var poll = new Libc.PollFd { Fd = pidFd, Events = Libc.POLLIN };
        while (Libc.PPoll(&poll, 1, null, null) <= 0)
        {
        }

        _ = Libc.Close(pidFd);
    }

    private static string List(List<double> values) => string.Join(" ", values.Order().Select(v => $"{v:0}"));
}
