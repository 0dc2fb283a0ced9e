using System.Net;
using Holdfast.Chains.Firewall;
using Holdfast.Chains.Monitor;
using Holdfast.Chains.Nat;
using Holdfast.NfLib.Flows;
using Holdfast.NfLib.Functions;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.Packets;
using Holdfast.NfLib.Rings;
using Holdfast.NfLib.State;

namespace Holdfast.CrashTests;

/// <summary>The NF dies here: nothing of its process runs any more.</summary>
internal sealed class Death : Exception;

/// <summary>
/// Monitor, firewall and NAT over shared memory, with a root that gives packets in, closes checkpoints, applies them to a
/// replica and counts its buffers. When an NF dies, another object of it takes over what lies in the memory.
/// </summary>
internal sealed class CrashChain : IDisposable
{
    public const int Functions = 3;

    private const uint Buffers = 256, RingCapacity = 256;

    private readonly List<IDisposable> _memory = [];
    private readonly ChainControl _control;
    private readonly PacketPool _pool;
    private readonly ChainRings _rings;
    private readonly StateBlock[] _blocks, _replica;
    private readonly DeltaSlots[] _slots;
    private readonly NfLoop[] _loops = new NfLoop[Functions];
    private readonly RingProducer[] _heads;
    private readonly RingConsumer[] _tails, _returns;
    private readonly Stack<uint> _free = new();
    private readonly ulong[] _met = new ulong[2];
    private readonly Func<int, INetworkFunction> _make;
    private ulong _closed;
    private long _outputs;

    public CrashChain(Func<int, INetworkFunction>? make = null)
    {
        _make = make ?? Make;
        _control = Own(ChainControl.OnHeap());
        _control.Active = true;
        _pool = Own(PacketPool.OnHeap(Buffers));
        for (var i = (int)Buffers - 1; i >= 0; i--) _free.Push((uint)i);
        _rings = Own(ChainRings.OnHeap(Functions, RingCapacity, RingCapacity));
        _blocks = [.. Enumerable.Range(0, Functions).Select(_ => Own(StateBlock.OnHeap()))];
        _replica = [.. Enumerable.Range(0, Functions).Select(_ => Own(StateBlock.OnHeap()))];
        _slots = [.. Enumerable.Range(0, Functions).Select(_ => Own(DeltaSlots.OnHeap()))];
        _heads = _rings.OpenHeads();
        _tails = _rings.OpenTails();
        _returns = _rings.OpenReturns();
        for (var i = 0; i < Functions; i++) StartProcess(i);
    }

    /// <summary>Called around each step of an NF: which one runs now.</summary>
    public Action<int>? Running { get; init; }

    /// <summary>Called when an NF has died, before the next process takes over.</summary>
    public Action<int>? Died { get; init; }

    public int Deaths { get; private set; }

    public bool HasAllBuffers => _free.Count == Buffers;

    /// <summary>Packets that killed their NF alone.</summary>
    public List<byte[]> Poisonous { get; } = [];

    public StateBlock Block(int function) => _blocks[function];

    public StateBlock Replica(int function) => _replica[function];

    /// <summary>The batch at hand has killed its NF twice and is taken packet by packet.</summary>
    public bool IsSplit(int function) => new CommitRecord(_blocks[function]).Attempt.IsSplit;

    /// <summary>The contents of all replicas after each checkpoint.</summary>
    public List<string> Cuts { get; } = [];

    public IEnumerable<(Direction Direction, byte[] Frame)> Run(Step step)
    {
        var outputs = new List<(Direction, byte[])>();
        foreach (var (direction, frame) in step.Frames)
        {
            var buffer = _free.Pop();
            _pool.Fill(buffer, frame);
            ref var metadata = ref _pool.Metadata(buffer);
            metadata.Direction = (byte)direction;
            metadata.Time = step.Time;
            Assume(_heads[(int)direction].TryEnqueue(Descriptor.Packet(buffer)));
        }

        if (step.Ticks) Assume(_heads[0].TryEnqueue(Descriptor.Tick(step.Time)));
        if (step.Closes)
        {
            _closed++;
            foreach (var head in _heads) Assume(head.TryEnqueue(Descriptor.Barrier(_closed, step.Joins)));
        }

        for (var idle = 0; idle < 2;)
        {
            var work = Enumerable.Range(0, Functions).Sum(StepFunction) + Collect(outputs);
            idle = work > 0 ? 0 : idle + 1;
        }

        if (step.Closes) Prepare();
        return outputs;
    }

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
    }

    private static INetworkFunction Make(int function)
    {
        var timeouts = new FlowTimeouts { Udp = TimeSpan.FromSeconds(5) };
        return function switch
        {
            0 => new Chains.Monitor.Monitor(new MonitorSettings { IdleTimeout = TimeSpan.FromSeconds(5) }),
            1 => new Firewall(new FirewallSettings { Timeouts = timeouts }),
            _ => new Nat(new NatSettings { Outside = IPAddress.Parse("198.51.100.1"), Sessions = 64, Timeouts = timeouts }),
        };
    }

    private void StartProcess(int function)
    {
        var nf = _make(function);
        var declaration = new StateDeclaration(_blocks[function]);
        nf.Initialise(declaration);
        declaration.Complete();
        _loops[function] = new NfLoop(nf, new NfAttachment
        {
            Control = _control,
            Index = function,
            Pool = _pool,
            Block = _blocks[function],
            Slots = _slots[function],
            Inputs = _rings.OpenInputsOf(function),
            Outputs = _rings.OpenOutputsOf(function),
            Returns = _rings.OpenReturnsOf(function),
        });
    }

    private int StepFunction(int function)
    {
        try
        {
            Running?.Invoke(function);
            return _loops[function].DoWork();
        }
        catch (Death)
        {
            Deaths++;
            Died?.Invoke(function);
            StartProcess(function);
            return 1;
        }
        finally
        {
            Running?.Invoke(-1);
        }
    }

    private int Collect(List<(Direction, byte[])> outputs)
    {
        var collected = 0;
        for (var direction = 0; direction < 2; direction++)
        {
            for (var tail = _tails[direction]; tail.Available() > 0; tail.Advance(1), collected++)
            {
                var descriptor = tail.Peek(0);
                if (descriptor.Kind == DescriptorKind.Packet)
                {
                    Assume(_pool.Metadata((uint)descriptor.Value).Direction == direction);
                    outputs.Add(((Direction)direction, _pool.Frame((uint)descriptor.Value).ToArray()));
                    Give((uint)descriptor.Value);
                    _outputs++;
                }
                else if (descriptor.Kind is DescriptorKind.Barrier or DescriptorKind.JoinBarrier)
                {
                    Assume(descriptor.Value == ++_met[direction]);
                }
            }
        }

        foreach (var returns in _returns)
        {
            for (; returns.Available() > 0; returns.Advance(1), collected++)
            {
                var descriptor = returns.Peek(0);
                if (descriptor.Kind == DescriptorKind.Poison) Poisonous.Add(_pool.Frame((uint)descriptor.Value).ToArray());
                Give((uint)descriptor.Value);
            }
        }

        return collected;
    }

    private void Give(uint buffer)
    {
        Assume(!_free.Contains(buffer));
        _free.Push(buffer);
    }

    private void Prepare()
    {
        var delta = new byte[Delta.MaxBytes];
        var cut = new List<string>();
        for (var i = 0; i < Functions; i++)
        {
            Assume(_slots[i].IsCaptured(_closed));
            var encoded = delta.AsSpan(0, _slots[i].Encode(_closed, delta));
            Assume(Delta.IsValid(encoded));
            Delta.Apply(encoded, _replica[i]);
            cut.AddRange(StateContent.Describe(_replica[i].Data));
        }

        Cuts.Add(string.Join('\n', cut));
        _control.Prepared = _closed;
    }

    private static void Assume(bool holds)
    {
        if (!holds) throw new InvalidOperationException("the chain did something impossible");
    }

    private T Own<T>(T memory) where T : IDisposable
    {
        _memory.Add(memory);
        return memory;
    }
}
