using Holdfast.NfLib.Memory;

namespace Holdfast.Tests.Unit.Memory;

/// <summary>Two counters that are equal whenever nobody is inside the mutex; as a program, someone to kill.</summary>
internal sealed unsafe class MutexHolder(MemoryObject memory)
{
    // Safe: the object has room for a page, as a mapping always has.
    public const string Mode = "mutex-holder", Hold = "hold", Count = "count";

    private const int At = 64, First = 128, Second = 192;

    public RobustMutex Mutex { get; } = new(memory, At);

    public ref uint Word => ref *(uint*)(memory.Base + At);

    public ref long Before => ref *(long*)(memory.Base + First);

    public ref long After => ref *(long*)(memory.Base + Second);

    public static MemoryObject Create()
    {
        var memory = MemoryObject.Create("mutex", ObjectKind.StateBlock, 1, 4096);
        RobustMutex.Initialise(memory, At);
        return memory;
    }

    public static void DeclareOwnerDead(MemoryObject memory) => RobustMutex.DeclareOwnerDead(memory, At);

    public void CountOnce()
    {
        Volatile.Write(ref Before, Before + 1);
        Volatile.Write(ref After, After + 1);
    }

    /// <summary>The second process: touches all of a pool, takes the mutex, and holds it, or counts for ever.</summary>
    public static int Run(string what, string path)
    {
        using var socket = FdSocket.Connect(path);
        if (socket.ReadLine(TimeSpan.FromSeconds(10)) is null) return 1;
        using var memory = MemoryObject.Map(socket.TakeDescriptor(), ObjectKind.StateBlock, 1);
        using var pool = MemoryObject.Map(socket.TakeDescriptor(), ObjectKind.PacketPool, 1);
        for (long at = ObjectHeader.Bytes; at < pool.Bytes; at += 4096) pool.Base[at]++;
        var holder = new MutexHolder(memory);
        if (what == Hold)
        {
            if (holder.Mutex.TryAcquire(10_000) == Acquired.TimedOut) return 1;
            socket.SendLine("held");
            socket.ReadLine(Timeout.InfiniteTimeSpan);
            return 0;
        }

        socket.SendLine("counting");
        while (true)
        {
            if (holder.Mutex.TryAcquire(10_000) == Acquired.OwnerDied) holder.After = holder.Before;
            holder.CountOnce();
            holder.Mutex.Release();
        }
    }
}
