using System.Net.Sockets;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Ports.Generator;
using Holdfast.Nfmgr.Storage;
using Holdfast.Nfmgr.Supervision;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Protocol;
using Holdfast.Replicator.Replica;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The process <c>nfmgr run</c>: one node of one chain, life after life until it is stopped.</summary>
internal sealed class Daemon : IControlled, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(30),
        GoodLife = TimeSpan.FromMinutes(1);

    private readonly DaemonConfiguration _configuration;
    private readonly EventLog _log;
    private readonly NodeStore _store;
    private readonly Socket _listener;
    private readonly ControlServer _control;
    private volatile NodeLife? _life;
    private volatile bool _started;
    private FrozenState? _frozen; // outlives the life in which this node was succeeded
    private int _lives;

    /// <exception cref="NodeStoreException">The state directory is not initialised, damaged or in use.</exception>
    /// <exception cref="IOException">The control socket can't be made.</exception>
    public Daemon(DaemonConfiguration configuration, TextWriter output)
    {
        _configuration = configuration;
        _log = new EventLog(configuration.Node.Name, output);
        _store = NodeStore.Open(configuration.Node.StateDirectory);
        try
        {
            Directory.CreateDirectory(configuration.Node.RuntimeDirectory);
            _listener = TcpTransport.Listen(configuration.Listen.Resolve());
        }
        catch (SocketException error)
        {
            _store.Dispose();
            throw new IOException($"listen {configuration.Listen}: {error.Message}; choose an address of this machine and a free port");
        }

        _control = new ControlServer(configuration.ControlSocket, this);
    }

    /// <summary>Runs until stopped.</summary>
    /// <returns>The process's exit code.</returns>
    public int Run(CancellationToken stop)
    {
        var pause = FirstPause;
        while (!stop.IsCancellationRequested)
        {
            var began = Environment.TickCount64;
            LifeEnd end;
            try
            {
                end = Live(stop);
            }
            catch (Exception error) when (_lives > 1 && error is FunctionStartException or IOException)
            {
                end = new LifeEnd(error.Message, MayRepeat: true);
            }

            if (stop.IsCancellationRequested) break;
            _log.Write($"this life has ended: {end.Why}");
            if (Environment.TickCount64 - began >= GoodLife.TotalMilliseconds) pause = FirstPause;
            if (!end.MayRepeat) continue;
            stop.WaitHandle.WaitOne(pause);
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
        }

        _log.Write("stopped");
        return 0;
    }

    bool IControlled.TryAttach(FdSocket socket, NfHello hello, int processId) => _life?.Supervisor.TryAttach(socket, hello, processId) ?? false;

    bool IControlled.IsFunction(int processId) => _life?.Supervisor.IsFunction(processId) ?? false;

    ControlAnswer IControlled.Answer(ControlRequest request)
    {
        if (_life is not { } life || !_started) return new ControlAnswer("this node is between two lives; ask again");
        try
        {
            // Files are written by the caller's thread: the replicator's must not wait for a disk.
            return request switch
            {
                { Command: "save-state", Directory: { } directory } =>
                    SavedState.Write(directory, life.ReplicatorLoop!.Call(() => SavedState.Of(_configuration, life))),
                // A restart waits for a process; heartbeats don't wait for that.
                { Command: "nf-restart", Function: { } name } => Restart(life, name),
                { Command: "switchover" } => Switchover(life),
                { Command: "load" } => GeneratedLoad.Change(life.Ports, request.LeftRate, request.RightRate),
                { Command: "nf-pause" or "nf-resume", Function: { } name } =>
                    new ControlAnswer(life.Supervisor.Pause(name, request.Command == "nf-pause")),
                _ => Answer(life, request, life.Supervisor.Report()),
            };
        }
        catch (TimeoutException error)
        {
            return new ControlAnswer(error.Message);
        }
    }

    public void Dispose()
    {
        _control.Dispose();
        _listener.Dispose();
        _store.Dispose();
    }

    private LifeEnd Live(CancellationToken stop)
    {
        _lives++;
        var life = new NodeLife(_configuration, _log);
        try
        {
            _life = life;
            life.Start(_listener, _store, _frozen);
            _started = true;
            try
            {
                life.End.Wait(stop);
                return life.End.Result;
            }
            catch (OperationCanceledException)
            {
                // A standby says that it leaves, so that its ruler need not wait for it.
                try
                {
                    life.ReplicatorLoop!.Call(() => { life.Agent.Leave(); return true; });
                }
                catch (TimeoutException)
                {
                    // This life ended by itself at the same moment.
                }

                return new LifeEnd("stopped", MayRepeat: false);
            }
        }
        finally
        {
            if (_started) _frozen = life.Agent.Frozen;
            _started = false;
            _life = null;
            life.Dispose();
        }
    }

    /// <param name="life">The present one.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="functions">Asked for by the caller's thread: the supervisor may be busy, and heartbeats don't wait for it.</param>
    private ControlAnswer Answer(NodeLife life, ControlRequest request, IReadOnlyList<FunctionReport> functions) =>
        life.ReplicatorLoop!.Call(() => AnswerHere(life, request, functions));

    private ControlAnswer AnswerHere(NodeLife life, ControlRequest request, IReadOnlyList<FunctionReport> functions)
    {
        switch (request.Command)
        {
            case "status":
                return new ControlAnswer(null, StatusBuilder.Build(_configuration, life, functions, _log, _lives));
            case "continue" when !request.PeerIsOff:
                return new ControlAnswer($"confirm that {_configuration.Peer.Name} is off: two nodes that both rule would send "
                                         + "packets twice and lose state. Say `nfmgr continue --unprotected --peer-is-off`");
            case "continue":
                return new ControlAnswer(life.Agent.Core.ContinueUnprotected());
            default:
                return new ControlAnswer($"command '{request.Command}' is not known; there are status, continue, switchover, save-state, load, nf-restart, nf-pause and "
                                         + "nf-resume, the last three with the name of an NF");
        }
    }

    private ControlAnswer Restart(NodeLife life, string function)
    {
        var error = life.Supervisor.Restart(function, () => life.ReplicatorLoop!.Call(() => MigrationRefusal(life)),
            () => life.ReplicatorLoop!.Call(() => { life.TellLayout(); return true; }), out var nanoseconds);
        return new ControlAnswer(error, HandOverNanoseconds: nanoseconds);
    }

    /// <summary>Waits until the peer rules, on the caller's thread; not for longer than whoever asked waits for the answer.</summary>
    private static ControlAnswer Switchover(NodeLife life)
    {
        if (life.ReplicatorLoop!.Call(() => life.Agent.Core.BeginSwitchover(Clock.Now)) is { } refusal) return new ControlAnswer(refusal);
        var deadline = Environment.TickCount64 + 8_000;
        while (Environment.TickCount64 < deadline)
        {
            try
            {
                var (progress, givenUp, role) = life.ReplicatorLoop.Call(() =>
                    (life.Agent.Core.Switchover, life.Agent.Core.SwitchoverGivenUp, life.Agent.Core.Role));
                if (role == NodeRole.Ended) break;
                if (progress == SwitchoverProgress.None)
                    return new ControlAnswer(givenUp is null ? "the standby died; this node goes on" : $"given up: {givenUp}");
            }
            catch (TimeoutException)
            {
                break; // this life has ended
            }

            Thread.Sleep(1);
        }

        // Set before the life ends, by the term of the peer that demoted it.
        if (life.Agent.Core.FrozenIn != Term.None) return new ControlAnswer(null);
        return new ControlAnswer(Environment.TickCount64 < deadline ? "this life of the node ended before the peer ruled; see `nfmgr status`"
            : "the peer does not rule yet; `nfmgr status` on both nodes says what they wait for");
    }

    /// <summary>Why the state can't be turned into another layout now: a standby has it in the old one.</summary>
    private string? MigrationRefusal(NodeLife life) => life.Agent.Core switch
    {
        { Role: NodeRole.Ruling, Standby: StandbyProgress.None } => null,
        { Role: NodeRole.Ruling } => $"the new build migrates the state, and the standby has the old one: stop {_configuration.Peer.Name}, "
                                     + "restart the NF here, bring the new build there, and start it again",
        _ => "the new build migrates the state, which only the ruling node may do, while it has no standby",
    };
}
