using Holdfast.NfLib.Memory;

namespace Holdfast.NfLib.Rings;

/// <summary>
/// One per sleeping process or loop. The sleeper says that it will sleep, looks for work once more, and sleeps; the
/// waker publishes all of a batch, and then looks whether somebody sleeps. A futex when the sleeper waits for nothing
/// else, an eventfd when it waits for sockets too.
/// </summary>
public sealed unsafe class Doorbell
{
    /// <summary>Longest sleep: a wake-up that a dying process owed us is late by at most this.</summary>
    public const int MaxSleepMilliseconds = 10;

    private readonly MemoryObject _memory; // keeps the mapping alive
    private readonly int* _sleeping;
    private readonly int _eventFd;

    /// <param name="memory">The object that holds the sleep word.</param>
    /// <param name="offset">Offset of the word's own cache line in the object.</param>
    /// <param name="eventFd">Where the sleeper waits, or -1 for the futex on the word.</param>
    public Doorbell(MemoryObject memory, int offset, int eventFd = -1)
    {
        if (offset < ObjectHeader.Bytes || offset % 64 != 0 || offset + 64 > memory.Bytes)
            throw new MemoryObjectException($"doorbell: offset {offset} is outside its {memory.Bytes} bytes");
        // Safe: the word's cache line was just checked to lie inside the object. Elsewhere only locals of 8 bytes are
        // pointed to, which is what an eventfd reads and writes.
        _memory = memory;
        _sleeping = (int*)(memory.Base + offset);
        _eventFd = eventFd;
    }

    public int EventFd => _eventFd;

    /// <summary>Wakes the sleeper if it sleeps. Call after everything of a batch is published.</summary>
    public void Ring()
    {
        // Full fence: our published tails must be visible before we look at the sleep word, or the sleeper could
        // miss them while we miss its sleep.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref *_sleeping) == 0) return;
        if (Interlocked.Exchange(ref *_sleeping, 0) == 0) return;
        if (_eventFd < 0)
        {
            Libc.FutexWake(_sleeping);
            return;
        }

        ulong one = 1;
        _ = Libc.Write(_eventFd, &one, sizeof(ulong));
        GC.KeepAlive(_memory);
    }

    /// <summary>Announces sleep. The caller then looks for work once more, and either sleeps or cancels.</summary>
    public void AnnounceSleep() => Interlocked.Exchange(ref *_sleeping, 1);

    public void CancelSleep() => Volatile.Write(ref *_sleeping, 0);

    /// <summary>Sleeps on the futex until rung, or for the given time at most.</summary>
    public void Sleep(int milliseconds = MaxSleepMilliseconds)
    {
        Libc.FutexWait(_sleeping, 1, Math.Min(milliseconds, MaxSleepMilliseconds));
        CancelSleep();
    }

    /// <summary>Empties the eventfd after a wake-up, and marks the sleeper awake.</summary>
    public void Awake()
    {
        ulong drained;
        _ = Libc.Read(_eventFd, &drained, sizeof(ulong));
        CancelSleep();
    }
}
