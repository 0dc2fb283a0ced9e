using System.Diagnostics;
using System.Runtime;
using System.Runtime.ExceptionServices;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Harness;
using Holdfast.NfLib.Headers;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.State;

namespace Holdfast.NfLib.Host;

/// <summary>
/// Runs an NF's code on scratch memory before its process goes to sleep, until the runtime has nothing left to compile,
/// because the first batch in a fresh process takes tens of milliseconds to compile, and a takeover can't wait for that.
/// Everything that can happen at a takeover happens here: batches, drops, ticks, captures, an exception, and a successor
/// that recovers the batch.
/// </summary>
internal sealed class WarmUp : IDisposable
{
    private const int Turns = 16;

    /// <summary>Passes that end with a death; more would have the runtime compile all of its exception handling anew.</summary>
    private const int Deaths = 2;

    /// <summary>Passes without anything compiled that count as the end: what runs once a turn is called often enough.</summary>
    private const int QuietPasses = RuntimeSwitches.CallCountThreshold / Turns + 2;

    /// <summary>About a tenth of the weight of others.</summary>
    private const int Niceness = 10;

    /// <summary>On a machine that has no time for the runtime's compiler thread, less warm must do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly InProcessChain _chain;
    private readonly FailingFunction _function;
    private readonly IReadOnlyList<WarmUpFrame> _frames;
    private readonly byte[] _noise = new byte[Ethernet.MinFrameBytes];
    private long _time = 1_000_000_000;
    private ulong _clock, _checkpoint;
    private int _deaths;

    private WarmUp(INetworkFunction scratch)
    {
        _function = new FailingFunction(scratch);
        _chain = new InProcessChain([_function], static (_, _, _) => { }, batchCommit: true);
        _frames = (scratch as IWarmUpTraffic)?.WarmUpFrames ?? Datagrams();
    }

    /// <param name="scratch">Another instance of the NF, never the one that will work.</param>
    /// <param name="yields">Has all the time in the world, and packets need the core more.</param>
    /// <returns>Layout of the state that it declares.</returns>
    public static ulong Run(INetworkFunction scratch, bool yields)
    {
        var layout = 0UL;
        ExceptionDispatchInfo? failure = null;
        // A thread of its own, since who has lowered its priority may not raise it again.
        var thread = new Thread(() =>
        {
            if (yields) _ = Libc.SetPriority(0, 0, Niceness);
            try
            {
                layout = Run(scratch);
                OwnerLoop.PrepareCode();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        }) { Name = "warm-up" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return layout;
    }

    private static ulong Run(INetworkFunction scratch)
    {
        using var warmUp = new WarmUp(scratch);
        var layout = StateDirectory.LayoutHash(warmUp._chain.Blocks[0].Data);
        SucceedDeadOwner();
        var began = Stopwatch.GetTimestamp();
        var compiled = 0L;
        for (var quiet = 0; quiet < QuietPasses && Stopwatch.GetElapsedTime(began) < Patience; quiet++)
        {
            warmUp.Pass();
            Thread.Sleep(1); // the compiler is a thread of its own
            var now = JitInfo.GetCompiledMethodCount();
            if (now != compiled) quiet = 0;
            compiled = now;
        }

        return layout;
    }

    public void Dispose() => _chain.Dispose();

    /// <summary>Full batches and single packets of both directions, ticks and checkpoints, and at first a death.</summary>
    private void Pass()
    {
        for (var turn = 0; turn < Turns; turn++)
        {
            foreach (var (fromLeft, frame) in _frames) Send(fromLeft, frame);
            Send(fromLeft: turn % 2 == 0, _noise);
            _chain.Run();
            var (left, one) = _frames[turn % _frames.Count];
            Send(left, one);
            _chain.Run();
            _chain.Tick(_time += InProcessChain.TickInterval);
            _chain.Close(++_checkpoint);
        }

        if (_deaths++ < Deaths) Die();
    }

    private void Die()
    {
        _function.FailsNext = true;
        Send(_frames[0].FromLeft, _frames[0].Bytes);
        try
        {
            _chain.Run();
        }
        catch (ScratchException) when (!_function.FailsNext)
        {
            _chain.Succeed(0, _function);
            _chain.Run();
        }
    }

    private void Send(bool fromLeft, byte[] frame)
    {
        if (_clock % 32 == 31) _chain.Run(); // what is in flight fits into the chain
        _chain.Send(fromLeft ? Direction.LeftToRight : Direction.RightToLeft, frame, _time += 1000, ++_clock);
    }

    /// <summary>Takes a mutex whose owner has ended, as a twin does.</summary>
    private static void SucceedDeadOwner()
    {
        using var memory = MemoryObject.OnHeap(ObjectKind.StateBlock, StateBlock.Version, ObjectHeader.Bytes + RobustMutex.Bytes);
        var mutex = new RobustMutex(memory, ObjectHeader.Bytes);
        var owner = new Thread(() => mutex.TryAcquire(0));
        owner.Start();
        owner.Join();
        if (mutex.TryAcquire(1000) != Acquired.TimedOut) mutex.Release();
    }

    /// <summary>Questions and answers between addresses for documentation (RFC 5737).</summary>
    private static List<WarmUpFrame> Datagrams()
    {
        const uint Inside = 0xC000_0201, Outside = 0xC633_6401;
        var frames = new List<WarmUpFrame>();
        for (ushort port = 1024; port < 1049; port++)
        {
            frames.Add(new WarmUpFrame(true, SampleDatagram.Build(0, 0, Inside, port, Outside, 53)));
            frames.Add(new WarmUpFrame(false, SampleDatagram.Build(0, 0, Outside, 53, Inside, port)));
        }

        return frames;
    }

    private sealed class ScratchException : Exception;

    /// <summary>An NF that dies of an exception with the next batch done and not committed, if wanted.</summary>
    private sealed class FailingFunction(INetworkFunction function) : INetworkFunction
    {
        public bool FailsNext { get; set; }

        public void Initialise(StateDeclaration state) => function.Initialise(state);

        public void Process(Batch batch)
        {
            function.Process(batch);
            if (!FailsNext) return;
            FailsNext = false;
            throw new ScratchException();
        }

        public void Tick(long time) => function.Tick(time);
    }
}
