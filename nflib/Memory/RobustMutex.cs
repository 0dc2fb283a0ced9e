using System.Runtime.InteropServices;

namespace Holdfast.NfLib.Memory;

/// <summary>How <see cref="RobustMutex.TryAcquire"/> ended.</summary>
public enum Acquired
{
    /// <summary>Somebody else still has it.</summary>
    TimedOut,

    /// <summary>The mutex is the caller's; the last owner released it.</summary>
    Clean,

    /// <summary>The mutex is the caller's; the last owner ended while it had it, and what it guards needs recovery.</summary>
    OwnerDied,
}

/// <summary>
/// A mutex between processes that the kernel hands on when the owning thread ends, however it ends. It does so before it
/// tears the process's memory down, so the successor runs long before a pidfd tells of the death.
/// </summary>
/// <remarks>
/// <para>It is taken, held and released by one OS thread: the kernel watches that thread, not the process. A thread holds
/// at most one at a time. Nothing here allocates after a thread's first call.</para>
/// <para>This is the kernel's robust futex (Documentation/locking/robust-futex-ABI.rst), not glibc's pthread mutex on top
/// of it: that keeps its kind and the owner's list pointers in the shared memory, so noise there makes it abort or write
/// through wild pointers. Here one word is shared, and the rest is the thread's own: the futex is announced as the
/// "pending" entry of an empty list for as long as the mutex may be held, so there is no list.</para>
/// </remarks>
public sealed unsafe class RobustMutex
{
    // Safe: the constructor checks that the word lies in the mapping, which must stay for as long as the mutex is used.
    // The head is native memory that is never freed, because the kernel reads it at the thread's end.

    /// <summary>Bytes in shared memory, a line of its own. The word is the first; the rest is spare.</summary>
    public const int Bytes = 64;

    // What the kernel and the threads agree on: linux/futex.h.
    private const uint Waiters = 0x8000_0000, OwnerDied = 0x4000_0000, ThreadMask = 0x3FFF_FFFF;

    [ThreadStatic] private static Head* t_head;
    [ThreadStatic] private static RobustMutex? t_held;

    private readonly MemoryObject _memory; // keeps the mapping
    private readonly uint* _word;

    /// <param name="memory">Where the mutex lies; several processes may map it at different addresses.</param>
    /// <param name="offset">From the start of the object, a multiple of 4.</param>
    /// <exception cref="MemoryObjectException">It does not lie in the object.</exception>
    public RobustMutex(MemoryObject memory, long offset)
    {
        _memory = memory;
        _word = WordIn(memory, offset);
    }

    /// <summary>Makes a free mutex, while nobody uses it.</summary>
    public static void Initialise(MemoryObject memory, long offset)
    {
        new Span<byte>(WordIn(memory, offset), Bytes).Clear();
        Thread.MemoryBarrier();
    }

    /// <summary>The backstop for a word that was scribbled on, so that the kernel did not find its owner in it: hands the
    /// mutex to a waiter, who gets <see cref="Acquired.OwnerDied"/>. To be called only once all processes that had or may
    /// have had the mutex are known to have ended (pidfd); those that wait may live.</summary>
    public static void DeclareOwnerDead(MemoryObject memory, long offset)
    {
        var word = WordIn(memory, offset);
        Volatile.Write(ref *word, OwnerDied);
        Libc.FutexWake((int*)word);
    }

    /// <summary>The thread that has the mutex, or 0: a hint, as every process that maps it can write there.</summary>
    public int OwnerThread => (int)(Volatile.Read(ref *_word) & ThreadMask);

    /// <summary>Takes the mutex for the calling thread.</summary>
    /// <param name="milliseconds">How long to wait for it at most.</param>
    /// <exception cref="RobustMutexException">The thread already holds one, or the word says that it does.</exception>
    public Acquired TryAcquire(int milliseconds)
    {
        if (t_held is not null) throw new RobustMutexException("this thread already holds a robust mutex; release that first");
        var head = t_head == null ? Register() : t_head;
        var me = (uint)Libc.GetThreadId();
        var deadline = Environment.TickCount64 + milliseconds;
        // From here on the kernel hands the word on if it has this thread's id when the thread ends, and wakes the next
        // waiter if this thread was woken for a free word and ended before it took it.
        Volatile.Write(ref head->Pending, (nint)_word);
        var others = 0u;
        while (true)
        {
            var seen = Volatile.Read(ref *_word);
            var owner = seen & ThreadMask;
            if (owner == 0)
            {
                // Who slept can't know whether others still do, so it keeps the mark: one needless wake at most.
                if (Interlocked.CompareExchange(ref *_word, me | (seen & Waiters) | others, seen) != seen) continue;
                t_held = this;
                return (seen & OwnerDied) != 0 ? Acquired.OwnerDied : Acquired.Clean;
            }

            var left = deadline - Environment.TickCount64;
            if (owner == me || left <= 0)
            {
                Volatile.Write(ref head->Pending, 0);
                if (owner != me) return Acquired.TimedOut;
                throw new RobustMutexException($"robust mutex: its word 0x{seen:x8} names this thread ({me}), which does "
                    + "not hold it: something wrote over it");
            }

            if ((seen & Waiters) == 0 && Interlocked.CompareExchange(ref *_word, seen | Waiters, seen) != seen) continue;
            Libc.FutexWait((int*)_word, (int)(seen | Waiters), (int)left);
            others = Waiters;
        }
    }

    /// <summary>Gives the mutex to whoever waits for it. Stores before this call are visible to the next owner.</summary>
    /// <exception cref="RobustMutexException">This thread does not hold it, or the word was written over: another process
    /// may believe that it has the mutex, so what it guards must not be written any more.</exception>
    public void Release()
    {
        if (t_held != this) throw new RobustMutexException("this thread does not hold this robust mutex");
        t_held = null;
        var me = (uint)Libc.GetThreadId();
        while (true)
        {
            var seen = Volatile.Read(ref *_word);
            if ((seen & ThreadMask) != me)
            {
                Volatile.Write(ref t_head->Pending, 0);
                throw new RobustMutexException($"robust mutex: its word 0x{seen:x8} does not name its owner ({me}): "
                    + "something wrote over it");
            }

            if (Interlocked.CompareExchange(ref *_word, 0, seen) != seen) continue;
            if ((seen & Waiters) != 0) Libc.FutexWake((int*)_word);
            // Only now: until here the kernel would wake a waiter in this thread's place.
            Volatile.Write(ref t_head->Pending, 0);
            return;
        }
    }

    /// <summary>Takes the place of glibc's robust list for this thread, which then must not use robust pthread mutexes.</summary>
    private static Head* Register()
    {
        var head = (Head*)NativeMemory.AllocZeroed((nuint)sizeof(Head));
        head->List = head;
        var result = Libc.SetRobustList(head, sizeof(Head));
        if (result != 0)
        {
            NativeMemory.Free(head);
            throw new RobustMutexException($"set_robust_list failed: {Marshal.GetLastPInvokeErrorMessage()}; a kernel with "
                + "CONFIG_FUTEX and a seccomp filter that allows the call are needed");
        }

        return t_head = head;
    }

    private static uint* WordIn(MemoryObject memory, long offset)
    {
        if (offset < 0 || offset % sizeof(uint) != 0 || offset > memory.Bytes - Bytes)
            throw new MemoryObjectException($"robust mutex: offset {offset} is not a place for {Bytes} bytes in {memory.Bytes}");
        return (uint*)(memory.Base + offset);
    }

    /// <summary>struct robust_list_head of linux/futex.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        /// <summary>The list of held futexes; pointing to itself it is empty.</summary>
        public Head* List;

        /// <summary>From an entry to its futex.</summary>
        public nint FutexOffset;

        /// <summary>The entry that is being taken or released.</summary>
        public nint Pending;
    }
}

/// <summary>A robust mutex is used against its rules, or something wrote over its word.</summary>
public sealed class RobustMutexException(string message) : Exception(message);
