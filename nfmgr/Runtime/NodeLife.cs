using System.Net;
using System.Net.Sockets;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Storage;
using Holdfast.Nfmgr.Supervision;
using Holdfast.Replicator;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Replica;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// One life of a node: fresh memory, fresh NF processes, a new incarnation. It ends when the node is demoted, when its chain
/// can't go on, or with the daemon; everything of it is gone before the next one begins.
/// </summary>
internal sealed class NodeLife : IDisposable
{
    private readonly DaemonConfiguration _configuration;
    private readonly EventLog _log;
    private readonly TaskCompletionSource<LifeEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _rootEventFd, _replicatorEventFd;
    private readonly ChainMemory _memory;
    private readonly FunctionSupervisor _supervisor;
    private readonly Quarantine _quarantine;
    private readonly PortFactory _factory;
    private readonly List<IPort> _ports = [];
    private ulong[] _layouts = []; // the root's, then the NFs'
    private ChainRoot? _root;
    private BufferTable? _buffers;
    private readonly Board _board = new();
    private RootLoop? _rootLoop;
    private ReplicatorLoop? _replicatorLoop;
    private ReplicationAgent? _agent;
    private TcpTransport? _transport;

    /// <exception cref="IOException">A port can't be made.</exception>
    public NodeLife(DaemonConfiguration configuration, EventLog log)
    {
        _configuration = configuration;
        _log = log;
        _rootEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _replicatorEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _memory = new ChainMemory([.. configuration.Chain.Functions.Select(f => f.Name)], configuration.Chain.PacketBuffers,
            configuration.Chain.PacketsInChain, configuration.HugePages == HugePageUse.Auto, _rootEventFd);
        _supervisor = new FunctionSupervisor(new SupervisionWiring
        {
            Chain = configuration.Chain,
            ControlSocket = configuration.ControlSocket,
            Waiting = WaitingOf(configuration).ToString(),
            JoinLines = configuration.Replication.JoinLines,
            Memory = [.. configuration.Chain.Functions.Select((_, i) => _memory.SightOf(i))],
            DescriptorsOf = _memory.DescriptorsOf,
            Hold = held => _board.IsHeld = held,
            EndLife = why => Finish(why, mayRepeat: true),
            Report = log.Write,
        });
        var failures = configuration.Chain.Failures;
        _quarantine = new Quarantine(new QuarantineSettings(Path.Combine(configuration.Node.StateDirectory, "quarantine"),
            failures.QuarantinePerMinute, failures.QuarantineBytes), [.. configuration.Chain.Functions.Select(f => f.Name)],
            _supervisor.CauseOfDeath, log.Write);
        _factory = new PortFactory(configuration, _rootEventFd, _memory.Pool, log);
        try
        {
            _ports.Add(_factory.Make(configuration.Chain.Left, "left"));
            _ports.Add(_factory.Make(configuration.Chain.Right, "right"));
        }
        catch
        {
            Dispose(); // the node tries again, and must not lose memory each time
            throw;
        }
    }

    /// <summary>Completes when this life is over.</summary>
    public Task<LifeEnd> End => _end.Task;

    public ReplicationAgent Agent => _agent ?? throw new InvalidOperationException("this life has not started");

    public ChainRoot? Root => _root;

    public ChainMemory Memory => _memory;

    public FunctionSupervisor Supervisor => _supervisor;

    public Quarantine Quarantine => _quarantine;

    public IReadOnlyList<IPort> Ports => _ports;

    public BufferTable? Buffers => _buffers;

    public Board Board => _board;

    public RootState? RootState { get; private set; }

    public RootLoop? RootLoop => _rootLoop;

    public ReplicatorLoop? ReplicatorLoop => _replicatorLoop;

    /// <summary>Starts the NFs, waits until all have declared their state, and joins the protocol.</summary>
    /// <exception cref="FunctionStartException">An NF can't be started, or refuses its settings.</exception>
    /// <param name="listener">Where the peer connects.</param>
    /// <param name="disk">What this node remembers.</param>
    /// <param name="frozen">What an earlier life of this process left.</param>
    public void Start(Socket listener, NodeStore disk, FrozenState? frozen)
    {
        CodeWarmUp.Begin(); // while the NFs warm up
        _supervisor.Start();
        var state = RootState = new RootState(_memory.Blocks[0], _memory.Slots[0]);
        var initial = _memory.Blocks.Select(block => block.Data.ToArray()).ToArray();
        ulong[] layouts = _layouts = [.. initial.Select(data => StateDirectory.LayoutHash(data))];
        _buffers = new BufferTable(_memory.Pool.Count);
        _root = new ChainRoot(_memory.WireRoot(_buffers, state, _board, [.. _ports], () => _replicatorLoop!.Wake(), _quarantine.Queue, _configuration));
        _transport = new TcpTransport(listener, _configuration.Peer.Address.Resolve(), _replicatorEventFd);
        var incarnation = disk.BeginLife();
        _agent = new ReplicationAgent(new ReplicationWiring
        {
            Settings = new NodeSettings
            {
                Me = NodeId.Of(_configuration.Node.Name),
                Peer = NodeId.Of(_configuration.Peer.Name),
                InitialPrimary = _configuration.IsInitialPrimary,
                Chain = ChainHash.Of(_configuration.Chain, _configuration.Replication.OnSilence),
                Layout = LayoutOf(layouts),
                Detect = (long)_configuration.Replication.Detect.TotalNanoseconds,
                OnSilence = _configuration.Replication.OnSilence,
                OnStateLoss = _configuration.Replication.OnStateLoss,
            },
            Frozen = frozen,
            JoinLines = _configuration.Replication.JoinLines,
            Arbiter = _transport.ToArbiter(_configuration.Replication.Arbiter?.Resolve()),
            Record = disk.Record,
            Incarnation = incarnation,
            Disk = disk,
            Transport = _transport,
            Board = _board,
            Blocks = _memory.Blocks,
            Slots = _memory.Slots,
            WakeRoot = _memory.RootBell.Ring,
            ResetState = () =>
            {
                for (var i = 0; i < initial.Length; i++)
                {
                    initial[i].CopyTo(_memory.Blocks[i].Data);
                    _memory.Blocks[i].ClearMarks();
                }
            },
            Clock = static () => Clock.Now,
            Report = _log.Write,
        });
        var strategy = WaitingOf(_configuration);
        _rootLoop = new RootLoop(_root, [.. _ports], _memory.RootBell, strategy, _configuration.RootCore, _supervisor.Violated, why => Finish(why, mayRepeat: true));
        _replicatorLoop = new ReplicatorLoop(_agent, _transport, _replicatorEventFd, why => Finish(why, mayRepeat: false));
        CodeWarmUp.Complete();
        // Compiled here and not when an operator first asks, which would hold heartbeats up.
        _ = StatusBuilder.Build(_configuration, this, _supervisor.Report(), _log, lives: 0);
        _ = SavedState.Of(_configuration, this);
        _rootLoop.Start();
        _replicatorLoop.Start();
        _supervisor.Begin(layouts[1..]);
        _log.Write($"life {incarnation} has begun; {_configuration.Chain.Functions.Count} NFs are attached");
    }

    /// <summary>An NF's state has a new layout: the peer must have the same. Called on the replicator's thread.</summary>
    public void TellLayout() => Agent.Core.ChangeLayout(LayoutOf([_layouts[0], .. _supervisor.Layouts()]));

    public void Dispose()
    {
        // First of all nothing may leave any more; only then may anyone hear that this life is over.
        _rootLoop?.Dispose();
        _replicatorLoop?.Dispose();
        _agent?.Dispose();
        _transport?.Dispose();
        _supervisor.Dispose();
        _quarantine.Dispose(); // last of what root and supervisor tell it
        foreach (var port in _ports) port.Dispose();
        _factory.Dispose();
        _memory.Dispose();
        _ = Libc.Close(_rootEventFd);
        _ = Libc.Close(_replicatorEventFd);
    }

    private void Finish(string why, bool mayRepeat) => _end.TrySetResult(new LifeEnd(why, mayRepeat));

    /// <summary>What two nodes must agree on about the state of the root and of each NF.</summary>
    private static ulong LayoutOf(IEnumerable<ulong> layouts) =>
        layouts.Aggregate(StableHash.Seed, (hash, layout) => hash * 31 + layout);

    private static NfLib.Functions.WaitStrategy WaitingOf(DaemonConfiguration configuration) => configuration.Waiting switch
    {
        WaitStrategy.Poll => NfLib.Functions.WaitStrategy.Poll,
        WaitStrategy.Sleep => NfLib.Functions.WaitStrategy.Sleep,
        // A core for each NF, the root, the replicator, and one for the rest of the machine.
        WaitStrategy.Auto when Environment.ProcessorCount > configuration.Chain.Functions.Count + 2 => NfLib.Functions.WaitStrategy.Poll,
        _ => NfLib.Functions.WaitStrategy.Yield,
    };
}

/// <summary>Why a life ended.</summary>
/// <param name="Why">For the operator.</param>
/// <param name="MayRepeat">The cause may be there again in the next life, so that begins with a pause.</param>
internal sealed record LifeEnd(string Why, bool MayRepeat);
