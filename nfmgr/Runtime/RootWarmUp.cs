using System.Diagnostics;
using System.Runtime;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;
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
    private const uint Buffers = 1024, RingSlots = 1024;
    private const int StepsPerPass = 200;

    /// <summary>Without anything compiled that count as the end.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(30);

    /// <summary>On a machine that has no time for the runtime's compiler thread, less warm must do.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly List<IDisposable> _owned = [];
    private readonly Board _board = new();
    private readonly ChainRoot _root;
    private readonly NfLoop _function;
    private ulong _term;
    private bool _done;

    private RootWarmUp()
    {
        var control = Own(ChainControl.OnHeap());
        var pool = Own(PacketPool.OnHeap(Buffers));
        var rings = Own(ChainRings.OnHeap(functions: 1, RingSlots, RingSlots));
        var bells = Own(Doorbells.OnHeap(2));
        var block = Own(StateBlock.OnHeap());
        var slots = Own(DeltaSlots.OnHeap());
        var function = new Passing();
        var declaration = new StateDeclaration(block);
        function.Initialise(declaration);
        declaration.Complete();
        _function = new NfLoop(function, new NfAttachment
        {
            Control = control, Pool = pool, Block = block, Slots = slots,
            Inputs = rings.OpenInputsOf(0), Outputs = rings.OpenOutputsOf(0), Returns = rings.OpenReturnsOf(0),
        });
        var (left, right) = (new GeneratorPort(GeneratorPort.MaxRate, 64, 60, fromLeft: true), new GeneratorPort(GeneratorPort.MaxRate, 64, 60, fromLeft: false));
        Own(left);
        Own(right);
        _root = new ChainRoot(new RootWiring
        {
            Control = control, Pool = pool, Buffers = new BufferTable(Buffers), Board = _board, Ports = [left, right],
            State = new RootState(Own(StateBlock.OnHeap()), Own(DeltaSlots.OnHeap())),
            Heads = rings.OpenHeads(), Tails = rings.OpenTails(), Returns = rings.OpenReturns(),
            Rings = rings.OpenViews(), Blocks = [block], Slots = [slots],
            Functions = [new Doorbell(bells, Doorbells.OffsetOf(1))],
            WakeReplicator = () => { },
        });
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
        foreach (var one in _owned) one.Dispose();
    }

    /// <summary>Rules as a node that took over: alone, while a standby joins, and with one.</summary>
    private void Pass()
    {
        _board.Begin(new Rule(new Term(++_term, new NodeId(1)), RuleOrigin.TookOver, _board.Closed, 0, 0), continues: _term > 1);
        var released = Steps();
        _board.RequestMode(ReplicationMode.Joining);
        released &= Steps();
        if (!_board.TryGetJoinBarrier(out _)) return;
        _board.RequestMode(ReplicationMode.Latched);
        released &= Steps();
        _done |= released;
        _board.RequestMode(ReplicationMode.Alone);
    }

    /// <returns>Whether packets of either side were released.</returns>
    private bool Steps()
    {
        var (left, right) = (_root.Statistics.Released[0], _root.Statistics.Released[1]);
        for (var step = 0; step < StepsPerPass; step++)
        {
            var now = Clock.Now;
            _ = _root.DoWork(now, Clock.Wall(now));
            _ = _function.DoWork();
            _board.Prepared = Math.Max(_board.Prepared, _board.Completed);
        }

        _root.Inspect(Clock.Now);
        return _root.Statistics.Released[0] > left && _root.Statistics.Released[1] > right;
    }

    private T Own<T>(T one) where T : IDisposable
    {
        _owned.Add(one);
        return one;
    }

    private sealed class Passing : INetworkFunction
    {
        public void Initialise(StateDeclaration state)
        {
        }

        public void Process(Batch batch)
        {
            foreach (var packet in batch) batch.Forward(packet);
        }

        public void Tick(long time)
        {
        }
    }
}
