using System.Collections.Concurrent;
using System.Net.Sockets;
using Holdfast.NfLib.Host;
using Holdfast.NfLib.Memory;
using Holdfast.Nfmgr.Configuration;
using Holdfast.Nfmgr.Control;
using Holdfast.Nfmgr.Storage;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Transport;

namespace Holdfast.Nfmgr.Runtime;

/// <summary>The process <c>nfmgr arbiter run</c>: answers two nodes which of them may rule, and keeps no state of the chain.</summary>
internal sealed class ArbiterDaemon : IControlled, IDisposable
{
    private const long WaitNanoseconds = 50_000_000, GreetingPatience = 1_000_000_000;

    private readonly ArbiterConfiguration _configuration;
    private readonly EventLog _log;
    private readonly ArbiterStore _store;
    private readonly Socket _listener;
    private readonly int _eventFd;
    private readonly TcpTransport _transport;
    private readonly ArbiterAgent _agent;
    private readonly ControlServer _control;
    private readonly ConcurrentQueue<TaskCompletionSource<ArbiterReport>> _asked = new();

    /// <exception cref="NodeStoreException">The state directory is damaged or in use.</exception>
    /// <exception cref="IOException">The control socket or the listening one can't be made.</exception>
    public ArbiterDaemon(ArbiterConfiguration configuration, TextWriter output)
    {
        _configuration = configuration;
        _log = new EventLog(configuration.Node.Name, output);
        _store = ArbiterStore.Open(configuration.Node.StateDirectory);
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

        _eventFd = Libc.EventFd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK);
        _transport = new TcpTransport(_listener, null, _eventFd);
        _agent = new ArbiterAgent(NodeId.Of(configuration.Node.Name), configuration.Nodes, _store.BeginLife(), _store.Record, _transport, _store,
            GreetingPatience, _log.Write);
        _control = new ControlServer(configuration.ControlSocket, this);
    }

    /// <summary>Runs until stopped.</summary>
    /// <returns>The process's exit code.</returns>
    public int Run(CancellationToken stop)
    {
        using var waking = stop.Register(Wake);
        _log.Write($"arbiter: listens at {_configuration.Listen}; term {_store.Record.Term.Counter} was granted last");
        while (!stop.IsCancellationRequested)
        {
            while (_asked.TryDequeue(out var asked)) asked.SetResult(Report());
            _transport.Wait(_agent.DoWork(Clock.Now) > 0 ? 0 : WaitNanoseconds);
        }

        _log.Write("stopped");
        return 0;
    }

    bool IControlled.TryAttach(FdSocket socket, NfHello hello, int processId) => false;

    bool IControlled.IsFunction(int processId) => false;

    ControlAnswer IControlled.Answer(ControlRequest request)
    {
        if (request.Command != "status") return new ControlAnswer($"'{request.Command}' is no command of an arbiter; there is status");
        var asked = new TaskCompletionSource<ArbiterReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked.Enqueue(asked);
        Wake();
        return asked.Task.Wait(TimeSpan.FromSeconds(5)) ? new ControlAnswer(Arbiter: asked.Task.Result)
            : new ControlAnswer("the arbiter does not answer; is its disk stuck?");
    }

    public void Dispose()
    {
        _control.Dispose();
        _agent.Dispose();
        _transport.Dispose();
        _listener.Dispose();
        _store.Dispose();
        _ = Libc.Close(_eventFd);
    }

    private ArbiterReport Report()
    {
        var (core, record) = (_agent.Core, _agent.Core.Record);
        var report = new ArbiterReport(_configuration.Node.Name, record.Term.Counter, [.. core.Connected], _log.Last);
        if (record.Holder != Incarnation.None)
            report = report with { Holder = core.NameOf(record.Term.Ruler.Value), HolderLife = record.Holder.ToString() };
        if (record.Heir != Incarnation.None) report = report with { Heir = core.NameOf(record.HeirNode.Value), HeirLife = record.Heir.ToString() };
        return report;
    }

    private unsafe void Wake()
    {
        // Safe: a local of 8 bytes, which is what an eventfd reads.
        ulong one = 1;
        _ = Libc.Write(_eventFd, &one, sizeof(ulong));
    }
}
