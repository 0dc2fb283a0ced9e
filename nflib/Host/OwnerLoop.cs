using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>
/// The thread of an NF's process that runs the NF. It waits until the NF is its own, which it is as long as this thread
/// holds the block's mutex, and leaves it in one of three ways: at nfmgr's wish between two batches, by an exception, or
/// by the kernel's hand. No other thread writes shared memory.
/// </summary>
internal sealed class OwnerLoop(NfLoop loop, NfAttachment at, Doorbell bell, Waiting waiting, uint generation)
{
    /// <summary>Exit code of a process that an exception ended (EX_SOFTWARE of sysexits.h).</summary>
    public const int ExceptionExitCode = 70;

    private const int WaitMilliseconds = 100;

    private readonly RobustMutex _mutex = new(at.Block.Memory, StateBlock.LockOffset);

    /// <summary>The core to run on; -1 for any.</summary>
    public int Core { get; init; } = -1;

    /// <summary>Run with the NF its own, before its first batch.</summary>
    public Action? Prepare { get; init; }

    /// <summary>Never returns: the process ends with the ownership.</summary>
    public void Run()
    {
        // A successor is woken where its predecessor's remains are being cleared away.
        Libc.TakeShortTurns();
        if (Core >= 0 && !Libc.BindToCore(Core)) Console.Error.WriteLine($"core {Core} can't be had; running on any");
        try
        {
            Own();
        }
        catch (Exception error) when (Leave(error))
        {
        }
    }

    /// <summary>Has everything compiled that runs here when the NF becomes this process's, and never before.</summary>
    public static void PrepareCode()
    {
        const BindingFlags all = BindingFlags.DeclaredOnly | BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        Type[] types = [typeof(OwnerLoop), typeof(NfLoop), typeof(BatchCommit), typeof(CommitRecord), typeof(RobustMutex), typeof(Doorbell),
            typeof(Waiting), typeof(ChainControl), typeof(RingConsumer), typeof(RingProducer), typeof(UndoJournal), typeof(PacketJournal),
            typeof(DeltaSlots), typeof(StateBlock), typeof(Libc)];
        foreach (var type in types) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        foreach (var method in types.SelectMany(type => type.GetMethods(all)).Where(m => !m.ContainsGenericParameters && !m.IsAbstract))
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
    }

    private void Own()
    {
        // What the last owner left says itself what is to be done with it, so how it went makes no difference.
        while (_mutex.TryAcquire(WaitMilliseconds) == Acquired.TimedOut)
        {
        }

        ref var vitals = ref at.Block.Vitals;
        vitals.FirstOutputAt = 0; // of the last owner; before anybody can take it for this one's
        vitals.TookOverAt = Stopwatch.GetTimestamp();
        vitals.OwnerThread = _mutex.OwnerThread;
        Volatile.Write(ref vitals.Owner, generation);
        Prepare?.Invoke();
        while (at.Control.RetireOf(at.Index) < generation) Step(ref vitals);
        _mutex.Release();
        Libc.Exit(0);
    }

    private void Step(ref NfVitals vitals)
    {
        if (loop.DoWork() > 0)
        {
            waiting.Worked();
            return;
        }

        // On a standby there is nothing to be quick for until it is rung.
        if (at.Control.Active && !waiting.ShouldSleep()) return;
        bell.AnnounceSleep();
        if (loop.DoWork() > 0)
        {
            bell.CancelSleep();
            return;
        }

        vitals.Sleeps++;
        vitals.Stalls = waiting.Stalls;
        vitals.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
        bell.Sleep();
    }

    /// <summary>The exception's filter, which runs before anything is unwound: no <c>finally</c> of the NF may write to what is
    /// no longer its own. Gives the NF away at once, since the end of a process takes the kernel milliseconds.</summary>
    private bool Leave(Exception error)
    {
        try
        {
            WriteLastWords(error);
            _mutex.Release();
        }
        catch (RobustMutexException)
        {
            // Not ours, or scribbled on: nfmgr sees the process end, and declares its owner dead.
        }

        Console.Error.WriteLine(error);
        Libc.Exit(ExceptionExitCode);
        return true;
    }

    private void WriteLastWords(Exception error)
    {
        ref var last = ref at.Block.Vitals.Last;
        last.At = Stopwatch.GetTimestamp();
        var text = Encoding.UTF8.GetBytes($"{error.GetType().Name}: {error.Message}");
        last.TextBytes = Math.Min(text.Length, LastWords.MaxTextBytes);
        text.AsSpan(0, last.TextBytes).CopyTo(MemoryMarshal.CreateSpan(ref last.Text[0], LastWords.MaxTextBytes));
        // Last: nfmgr reads the words only when they are this process's.
        Volatile.Write(ref last.Generation, generation);
    }
}
