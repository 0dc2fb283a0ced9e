using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Runtime;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;

namespace Holdfast.Tests.Unit.Root;

/// <summary>A root with a chain of one NF that passes everything on; the test is the replicator and both ports.</summary>
internal sealed class RootBench : IDisposable
{
    public const long MinSpacing = 20_000, MaxInterval = 1_000_000;
    private readonly PacketPool _pool = PacketPool.OnHeap(64);
    private readonly ScratchChain _chain;

    public RootBench(TestPort? left = null, TestPort? right = null)
    {
        Left = left ?? new TestPort();
        Right = right ?? new TestPort();
        _chain = new ScratchChain(_pool, Left, Right);
        Root = new ChainRoot(_chain.Wiring);
    }

    public ChainRoot Root { get; }

    public Board Board => _chain.Board;

    public BufferTable Buffers => _chain.Wiring.Buffers;

    public RootState State => _chain.Wiring.State;

    /// <summary>Where the NF would sleep.</summary>
    public Doorbell FunctionBell => _chain.Wiring.Functions[0];

    public TestPort Left { get; }

    public TestPort Right { get; }

    public long Now { get; private set; }

    public RootBench Rule(ulong term = 1, ulong checkpoint = 0)
    {
        Board.Begin(new Rule(new Term(term, new NodeId(1)), checkpoint > 0 ? RuleOrigin.TookOver : RuleOrigin.Started, checkpoint, 0, 0), continues: false);
        return Step();
    }

    /// <summary>A standby joins and prepares; from now on outputs wait.</summary>
    public RootBench Protect()
    {
        Board.RequestMode(ReplicationMode.Joining);
        Step(MaxInterval);
        if (!Board.TryGetJoinBarrier(out var barrier)) throw new InvalidOperationException("no join barrier was closed");
        Board.RequestMode(ReplicationMode.Latched);
        Board.Prepared = barrier;
        return Step();
    }

    /// <summary>The root steps, and the NF unless it hangs.</summary>
    public RootBench Step(long nanoseconds = 1_000, bool functionHangs = false)
    {
        Now += nanoseconds;
        Root.DoWork(Now, Now);
        if (functionHangs) return this;
        while (_chain.Function.DoWork() > 0) { }
        Root.DoWork(Now, Now);
        return this;
    }

    public void Dispose()
    {
        _chain.Dispose();
        _pool.Dispose();
    }
}
