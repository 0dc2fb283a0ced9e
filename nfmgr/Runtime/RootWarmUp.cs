using System.Diagnostics;
using System.Runtime;
using Holdfast.NfLib.Packets;
using Holdfast.Nfmgr.Ports.Generator;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// Runs a root on scratch memory before the first life begins, until the runtime has nothing left to compile. The first second
/// of a load or of a takeover would otherwise run slow code, and wait for the compiler where that shares a core with it.
/// </summary>
internal sealed class RootWarmUp : IDisposable
{
    private const uint Buffers = 1024;
    private const int StepsPerPass = 200;

    /// <summary>Without anything compiled that count as the end.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(30);

    /// <summary>On a machine that has no time for the runtime's compiler thread, less warm must do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly PacketPool _pool = PacketPool.OnHeap(Buffers);
    private readonly GeneratorPort _left = MakePort(fromLeft: true), _right = MakePort(fromLeft: false);
    private readonly ScratchChain _chain;
    private readonly ChainRoot _root;
    private ulong _term;
    private bool _done;

    private RootWarmUp()
    {
        _chain = new ScratchChain(_pool, _left, _right);
        _root = new ChainRoot(_chain.Wiring);
    }

    /// <returns>Whether packets of either side were released alone, while a standby joined, and with one.</returns>
    public static bool Run()
    {
        using var warmUp = new RootWarmUp();
        var began = Stopwatch.GetTimestamp();
        var (compiled, quietSince) = (0L, began);
        while (Stopwatch.GetElapsedTime(quietSince) < Quiet && Stopwatch.GetElapsedTime(began) < Patience)
        {
            warmUp.Pass();
            Thread.Sleep(1); // the compiler is a thread of its own
            if (JitInfo.GetCompiledMethodCount() is var now && now == compiled) continue;
            (compiled, quietSince) = (now, Stopwatch.GetTimestamp());
        }

        return warmUp._done;
    }

    public void Dispose()
    {
        _left.Dispose();
        _right.Dispose();
        _chain.Dispose();
        _pool.Dispose();
    }

    /// <summary>Rules as a node that took over: alone, while a standby joins, and with one.</summary>
    private void Pass()
    {
        _chain.Board.Begin(new Rule(new Term(++_term, new NodeId(1)), RuleOrigin.TookOver, _chain.Board.Closed, 0, 0), continues: _term > 1);
        var released = Steps();
        _chain.Board.RequestMode(ReplicationMode.Joining);
        released &= Steps();
        if (!_chain.Board.TryGetJoinBarrier(out _)) return;
        _chain.Board.RequestMode(ReplicationMode.Latched);
        released &= Steps();
        _done |= released;
        _chain.Board.RequestMode(ReplicationMode.Alone);
    }

    /// <returns>Whether packets of either side were released.</returns>
    private bool Steps()
    {
        var (left, right) = (_root.Statistics.Released[0], _root.Statistics.Released[1]);
        for (var step = 0; step < StepsPerPass; step++)
        {
            var now = Clock.Now;
            _ = _root.DoWork(now, Clock.Wall(now));
            _ = _chain.Function.DoWork();
            _chain.Board.Prepared = Math.Max(_chain.Board.Prepared, _chain.Board.Completed);
        }

        _root.Inspect(Clock.Now);
        return _root.Statistics.Released[0] > left && _root.Statistics.Released[1] > right;
    }

    private static GeneratorPort MakePort(bool fromLeft) => new(GeneratorPort.MaxRate, 64, 60, fromLeft);
}
