using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.NfLib.State;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Storage;
using Holdfast.Nfmgr.Supervision;
using Holdfast.Replicator;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Root;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>
/// One life of a node: fresh memory, fresh NF processes, a new incarnation. It ends when an NF dies, when the node is
/// demoted, or with the daemon; everything of it is gone before the next one begins.
/// </summary>
internal sealed class NodeLife : IDisposable
{
    private static readonly TimeSpan AttachPatience = TimeSpan.FromSeconds(30);

    private readonly DaemonConfiguration _configuration;
    private readonly FunctionProcesses _processes;
    private readonly EventLog _log;
    private readonly List<FunctionProcess> _functions = [];
    private readonly TaskCompletionSource<LifeEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _rootEventFd, _replicatorEventFd;
    private readonly ChainMemory _memory;
    private readonly List<IPort> _ports = [];
    private ChainRoot? _root;
    private BufferTable? _buffers;
    private Board? _board;
    private RootLoop? _rootLoop;
    private ReplicatorLoop? _replicatorLoop;
    private ReplicationAgent? _agent;
    private TcpTransport? _transport;

    /// <exception cref="IOException">A port can't be made.</exception>
    public NodeLife(DaemonConfiguration configuration, FunctionProcesses processes, EventLog log)
    {
        _configuration = configuration;
        _processes = processes;
        _log = log;
        _rootEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _replicatorEventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _memory = new ChainMemory([.. configuration.Chain.Functions.Select(f => f.Name)], configuration.Chain.PacketBuffers,
            configuration.Chain.PacketsInChain, configuration.HugePages == HugePageUse.Auto, _rootEventFd);
        var factory = new PortFactory(configuration.Node.Name, _rootEventFd, _memory.Pool, log);
        try
        {
            _ports.Add(factory.Make(configuration.Chain.Left, "left"));
            _ports.Add(factory.Make(configuration.Chain.Right, "right"));
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

    public IReadOnlyList<FunctionProcess> Functions => _functions;

    public IReadOnlyList<IPort> Ports => _ports;

    public BufferTable? Buffers => _buffers;

    public Board? Board => _board;

    public RootState? RootState { get; private set; }

    public RootLoop? RootLoop => _rootLoop;

    public ReplicatorLoop? ReplicatorLoop => _replicatorLoop;

    /// <summary>Starts the NFs, waits until all have declared their state, and joins the protocol.</summary>
    /// <exception cref="FunctionStartException">An NF can't be started, or refuses its settings.</exception>
    public void Start(Socket listener, NodeStore disk)
    {
        foreach (var function in _configuration.Chain.Functions)
        {
            // Under the lock, so that one that dies at once is known here when its death is noticed.
            lock (_functions) _functions.Add(_processes.Start(function, _configuration.ControlSocket));
        }

        foreach (var function in _functions)
        {
            if (!function.Attached.Task.Wait(AttachPatience))
                throw new FunctionStartException($"NF {function.Function} has not attached within {AttachPatience.TotalSeconds} s; look at its output above");
            if (function.Attached.Task.Result is { } error) throw new FunctionStartException(error);
        }

        var state = RootState = new RootState(_memory.Blocks[0], _memory.Slots[0]);
        var initial = _memory.Blocks.Select(block => block.Data.ToArray()).ToArray();
        var layout = initial.Aggregate(StableHash.Seed, (hash, data) => hash * 31 + StateDirectory.LayoutHash(data));
        var board = _board = new Board();
        _buffers = new BufferTable(_memory.Pool.Count);
        _root = new ChainRoot(_memory.WireRoot(_buffers, state, board, [.. _ports], () => _replicatorLoop!.Wake(), _configuration));
        _transport = new TcpTransport(listener, _configuration.Peer.Address.Resolve(), _replicatorEventFd);
        var incarnation = disk.BeginLife();
        _agent = new ReplicationAgent(new ReplicationWiring
        {
            Settings = new NodeSettings
            {
                Me = NodeId.Of(_configuration.Node.Name),
                Peer = NodeId.Of(_configuration.Peer.Name),
                InitialPrimary = _configuration.IsInitialPrimary,
                Chain = ChainHash.Of(_configuration.Chain),
                Layout = layout,
                Detect = (long)_configuration.Replication.Detect.TotalNanoseconds,
            },
            Record = disk.Record,
            Incarnation = incarnation,
            Disk = disk,
            Transport = _transport,
            Board = board,
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
            Report = _log.Write,
        });
        var strategy = WaitingOf(_configuration);
        _rootLoop = new RootLoop(_root, [.. _ports], _memory.RootBell, strategy, OnViolation, why => Finish(why, mayRepeat: true));
        _replicatorLoop = new ReplicatorLoop(_agent, _transport, _replicatorEventFd, why => Finish(why, mayRepeat: false));
        CodeWarmUp.Run();
        // Compiled here and not when an operator first asks, which would hold heartbeats up.
        _ = StatusBuilder.Build(_configuration, this, _log, lives: 0);
        _ = SavedState.Of(_configuration, this);
        _rootLoop.Start();
        _replicatorLoop.Start();
        _log.Write($"life {incarnation} has begun; {_functions.Count} NFs are attached");
    }

    /// <summary>Attaches an NF that has connected; stays with it until it has declared its state.</summary>
    /// <returns>Whether the connection now belongs to this life.</returns>
    public bool TryAttach(FdSocket socket, NfHello hello, int processId)
    {
        // Start() holds this lock until it has listed the process, however soon that one connects.
        FunctionProcess? process;
        lock (_functions) process = _functions.Find(f => f.Function == hello.Function && f.ProcessId == processId && f.Socket is null);
        if (process is null || hello.Version != NfHello.CurrentVersion) return false;
        process.Socket = socket;
        var index = _configuration.Chain.Functions.ToList().FindIndex(f => f.Name == hello.Function);
        var section = _configuration.Chain.Functions[index];
        var attach = new NfAttach(index, _configuration.Chain.Functions.Count,
            StableHash.Add(_configuration.Chain.Seed ^ StableHash.Seed, section.Name), WaitingOf(_configuration).ToString(), section.Settings,
            Generation: 1, Layout: 0, BatchCommit: true);
        socket.SendLine(JsonSerializer.Serialize(attach, AttachJson.Default.NfAttach), _memory.DescriptorsOf(index));
        var line = socket.ReadLine(AttachPatience);
        var ready = line is null ? new NfReady("it hung up while it was attached")
            : JsonSerializer.Deserialize(line, AttachJson.Default.NfReady) ?? new NfReady("it sent an empty answer");
        process.Attached.TrySetResult(ready.Error is { } error ? section.SettingsError($"NF {section.Name}: {error}").ToString() : null);
        return true;
    }

    /// <summary>An NF of this life has died by itself.</summary>
    public void OnDied(FunctionProcess process)
    {
        lock (_functions)
        {
            if (!_functions.Contains(process)) return;
        }

        var why = $"NF {process.Function} (process {process.ProcessId}) died: {process.Cause()}; this node's chain stops, the peer takes over if it can";
        process.Attached.TrySetResult(why);
        Finish(why, mayRepeat: true);
    }

    public void Dispose()
    {
        // First of all nothing may leave any more; only then may anyone hear that this life is over.
        _rootLoop?.Dispose();
        _replicatorLoop?.Dispose();
        _agent?.Dispose();
        _transport?.Dispose();
        _processes.End(_functions);
        foreach (var port in _ports) port.Dispose();
        _memory.Dispose();
        _ = Libc.Close(_rootEventFd);
        _ = Libc.Close(_replicatorEventFd);
    }

    private void OnViolation(int function, string what) =>
        Finish($"NF {_configuration.Chain.Functions[function].Name} {what}; this node's chain stops, the peer takes over if it can",
            mayRepeat: true);

    private void Finish(string why, bool mayRepeat) => _end.TrySetResult(new LifeEnd(why, mayRepeat));

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
