using System.Globalization;
using System.Runtime.InteropServices;
using Holdfast.NfLib.Headers;
using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Simulation.Scenarios;

/// <summary>
/// Two protocol cores, a link between them that carries real bytes, perhaps an arbiter, and a script: each command's
/// consequences are written down in order. What goes over the link arrives at once, unless the script holds it.
/// </summary>
internal sealed class Scenario : IArbiterEffects
{
    private const long Millisecond = 1_000_000;

    private readonly Dictionary<string, ScenarioNode> _nodes = [];
    private readonly List<string> _printed = [];
    private readonly Queue<Letter> _letters = new();
    private readonly Dictionary<ScenarioNode, MessageReader> _readers = [];
    private ScenarioNode? _dialer;
    private int _connection, _corrupt;
    private bool _connected, _cut, _held;
    private ArbiterCore? _arbiter;
    private ArbiterRecord _arbiterDisk;
    private ulong _arbiterLives;

    public Scenario()
    {
        _nodes["a"] = new ScenarioNode(this, "a", "b");
        _nodes["b"] = new ScenarioNode(this, "b", "a");
    }

    private sealed record Letter(ScenarioNode? From, ScenarioNode? To, MessageHeader Header, byte[] Bytes);

    public long Now { get; private set; } = 1_000_000_000_000;

    public long LastClose { get; private set; }

    public SilencePolicy OnSilence { get; private set; }

    public StateLossPolicy OnStateLoss { get; private set; }

    /// <summary>Runs one line of a script. "protected" makes the usual beginning: a rules and b may take over, two checkpoints
    /// are done.</summary>
    /// <returns>What happened, line by line.</returns>
    public IReadOnlyList<string> Do(string command)
    {
        _printed.Clear();
        Run(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Settle();
        return [.. _printed];
    }

    public void Print(string what) => _printed.Add(what);

    public string NameOf(NodeId node) => _nodes.Keys.FirstOrDefault(name => NodeId.Of(name) == node) ?? "nobody";

    public void Send(ScenarioNode from, in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        if (!_connected) return;
        Post(from, from == _nodes["a"] ? _nodes["b"] : _nodes["a"], header, payload);
    }

    public void SendToArbiter(ScenarioNode from, in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        if (_arbiter is not null) Post(from, null, header, payload);
    }

    public void Close(ScenarioNode by, int connection, string why)
    {
        Print($"{by.Name}: closes the connection: {why}");
        if (_connected && connection == _connection) Break();
    }

    /// <summary>A life of a node ends, and with it its connections.</summary>
    public void LifeEnds(ScenarioNode node)
    {
        if (_connected) Break(except: node);
    }

    private void Run(string[] words)
    {
        switch (words)
        {
            case ["protected"]:
                if (OnSilence == SilencePolicy.Arbiter) Run(["start", "arbiter"]);
                foreach (var step in (string[][])[["start", "a"], ["start", "b"], ["connect"], ["close", "2"]])
                {
                    Run(step);
                    Settle();
                }

                _printed.Clear();
                foreach (var node in _nodes.Values) Print(node.Describe());
                break;
            case ["policy", var policy]:
                OnSilence = policy switch
                {
                    "standby-wins" => SilencePolicy.StandbyWins,
                    "prefer-availability" => SilencePolicy.PreferAvailability,
                    "arbiter" => SilencePolicy.Arbiter,
                    _ => throw new ScenarioException($"policy '{policy}' is none"),
                };
                break;
            case ["on-state-loss", var policy]:
                OnStateLoss = Enum.Parse<StateLossPolicy>(policy, ignoreCase: true);
                break;
            case ["start", "arbiter"]:
                _arbiter = new ArbiterCore(NodeId.Of("arbiter"), ["a", "b"], new Incarnation(++_arbiterLives, _arbiterLives), _arbiterDisk, this);
                foreach (var node in _nodes.Values.Where(n => n.IsAlive)) node.Core.OnArbiterConnected();
                break;
            case ["kill", "arbiter"]:
                _arbiter = null;
                foreach (var node in _nodes.Values.Where(n => n.IsAlive)) node.Core.OnArbiterClosed();
                break;
            case ["wipe", "arbiter"]:
                _arbiterDisk = default;
                break;
            case ["start", var name]:
                Node(name).Start();
                if (_arbiter is not null) Node(name).Core.OnArbiterConnected();
                break;
            case ["join", "takes", var checkpoints]:
                foreach (var node in _nodes.Values) node.JoinTakes = Number(checkpoints);
                break;
            case ["connect"] or ["connect", _]:
                Connect(words.Length == 2 ? Node(words[1]) : _nodes["b"]);
                break;
            case ["break"]:
                Break();
                break;
            case ["cut"]:
                _cut = true;
                break;
            case ["heal"]:
                _cut = false;
                break;
            case ["hold"]:
                _held = true;
                break;
            case ["flow"]:
                _held = false;
                break;
            case ["deliver"] or ["deliver", _]:
                for (var count = words.Length == 2 ? Number(words[1]) : 1; count > 0; count--)
                {
                    if (!_letters.TryDequeue(out var letter)) throw new ScenarioException("nothing is under way");
                    Print($"   ({NameOf(letter.To)} reads {Name(letter.Header)})");
                    Deliver(letter);
                }

                break;
            case ["corrupt"]:
                _corrupt++;
                break;
            case ["speak", "version", var version]:
                SpeakVersion((ushort)Number(version));
                break;
            case ["close"] or ["close", _]:
                for (var count = words.Length == 2 ? Number(words[1]) : 1; count > 0; count--)
                {
                    LastClose = Now;
                    Ruler().Close();
                    Settle();
                }

                break;
            case ["kill", var name]:
                Node(name).Kill();
                if (_connected) Break(except: Node(name));
                break;
            case ["refuse", var name]:
                Node(name).Core.OnRefused();
                break;
            case ["pause", var name]:
                Node(name).IsPaused = true;
                break;
            case ["resume", var name]:
                Node(name).IsPaused = false;
                break;
            case ["leave", var name]:
                Node(name).Core.Leave();
                Settle();
                Node(name).Kill();
                if (_connected) Break(except: Node(name));
                break;
            case ["operator", var name, "continue"]:
                Print($"{name}: {Node(name).Core.ContinueUnprotected() ?? "obeys"}");
                break;
            case ["operator", var name, "switchover"]:
                Print($"{name}: {Node(name).Core.BeginSwitchover(Now) ?? "obeys"}");
                break;
            case ["wait", var milliseconds, "ms"]:
                for (var end = Now + Number(milliseconds) * Millisecond; Now < end;)
                {
                    Now += Millisecond;
                    Settle();
                }

                break;
            case ["show"]:
                foreach (var node in _nodes.Values) Print(node.Describe());
                break;
            default:
                throw new ScenarioException($"'{string.Join(' ', words)}' is no command");
        }
    }

    private ScenarioNode Node(string name) => _nodes.GetValueOrDefault(name) ?? throw new ScenarioException($"there is no node '{name}'");

    private ScenarioNode Ruler() => _nodes.Values.FirstOrDefault(n => n is { IsAlive: true, IsPaused: false } && n.Core.Role == NodeRole.Ruling)
        ?? throw new ScenarioException("nobody rules");

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private string NameOf(ScenarioNode? node) => node?.Name ?? "arbiter";

    private static string Name(in MessageHeader header)
    {
        var type = header.Type.ToString().ToUpperInvariant();
        return header.Type switch
        {
            MessageType.Prepare when header.Flags != MessageFlags.None => $"{type} {header.Checkpoint} ({header.Flags.ToString().ToLowerInvariant()})",
            MessageType.Prepare or MessageType.Prepared or MessageType.Eligible or MessageType.Handover => $"{type} {header.Checkpoint}",
            MessageType.Commit => $"{type} {header.Committed}",
            MessageType.Ask => $"{type} {(Petition)header.Checkpoint}",
            MessageType.Enlist or MessageType.Enlisted => $"{type} life {header.Checkpoint}",
            _ => type,
        };
    }

    private void Connect(ScenarioNode dialer)
    {
        if (_connected) Break();
        _connected = true;
        _connection++;
        _dialer = dialer;
        foreach (var node in _nodes.Values) _readers[node] = new MessageReader(1 << 16);
        foreach (var node in _nodes.Values) node.Core.OnConnected(_connection);
    }

    private void Break(ScenarioNode? except = null)
    {
        if (!_connected) return;
        _connected = false;
        foreach (var lost in _letters.Where(l => l.From is not null && l.To is not null && l.Header.Type != MessageType.Heartbeat))
            Print($"   (lost: {NameOf(lost.From)} → {NameOf(lost.To)} {Name(lost.Header)})");
        var kept = _letters.Where(l => l.From is null || l.To is null).ToArray();
        _letters.Clear();
        foreach (var letter in kept) _letters.Enqueue(letter);
        foreach (var node in _nodes.Values.Where(n => n != except && n.IsAlive)) node.Core.OnClosed(_connection);
    }

    private void Post(ScenarioNode? from, ScenarioNode? to, in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Type != MessageType.Heartbeat)
            Print($"{NameOf(from)} → {NameOf(to)} {Name(header)}{(header.Term == Term.None ? "" : $", term {header.Term} of {NameOf(header.Term.Ruler)}")}"
                  + (header.Type == MessageType.Hello ? $", {MemoryMarshal.Read<Hello>(payload).Role}" : ""));
        var writer = new MessageWriter(1 << 16);
        writer.Append(header, payload);
        var bytes = writer.Pending.ToArray();
        if (_corrupt > 0 && header.Type != MessageType.Heartbeat && from is not null && to is not null)
        {
            _corrupt--;
            bytes[^1] ^= 1;
            Print("   (a bit of it flips on the way)");
        }

        _letters.Enqueue(new Letter(from, to, header, bytes));
    }

    /// <summary>The other end of the connection says something in a version that nobody knows.</summary>
    private void SpeakVersion(ushort version)
    {
        var header = new MessageHeader { Magic = MessageHeader.ExpectedMagic, WireVersion = version, Type = MessageType.Hello, Pieces = 1 };
        var bytes = MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in header, 1)).ToArray();
        BitConverter.TryWriteBytes(bytes.AsSpan(MessageHeader.Bytes - 4), Crc32C.Of(bytes.AsSpan(0, MessageHeader.Bytes - 4)));
        _letters.Enqueue(new Letter(_nodes["b"], _nodes["a"], header, bytes));
    }

    /// <summary>Lets everything happen that happens by itself.</summary>
    private void Settle()
    {
        for (var again = true; again;)
        {
            foreach (var node in _nodes.Values) node.Step();
            again = false;
            for (var count = _letters.Count; count > 0 && _letters.Count > 0; count--)
            {
                var letter = _letters.Peek();
                var isHeld = letter.From is not null && letter.To is not null && (_cut || letter.To.IsPaused
                    || (_held && letter.Header.Type != MessageType.Heartbeat));
                _letters.Dequeue();
                if (isHeld)
                {
                    if (letter.Header.Type != MessageType.Heartbeat || letter.To!.IsPaused) _letters.Enqueue(letter);
                    continue;
                }

                again = true;
                Deliver(letter);
            }
        }
    }

    private void Deliver(Letter letter)
    {
        if (letter.To is null) DeliverToArbiter(letter);
        else if (letter.From is null) letter.To.Core.OnArbiterMessage(letter.Header);
        else if (_connected && letter.To.IsAlive) DeliverToNode(letter);
    }

    private void DeliverToNode(Letter letter)
    {
        var (to, reader) = (letter.To!, _readers[letter.To!]);
        letter.Bytes.CopyTo(reader.Room());
        reader.Received(letter.Bytes.Length);
        while (reader.TryRead(out var header, out var payload))
        {
            if (header.Type == MessageType.Hello)
                to.Core.OnHello(_connection, _dialer == to, header, MemoryMarshal.Read<Hello>(payload), Now);
            else to.Core.OnMessage(_connection, header, payload, Now);
        }

        if (reader.Error is { } error) Close(to, _connection, error);
    }

    private void DeliverToArbiter(Letter letter)
    {
        if (_arbiter is null) return;
        var number = letter.From == _nodes["a"] ? 1 : 2;
        if (letter.Header.Type == MessageType.Hello)
            _arbiter.OnHello(number, letter.Header, MemoryMarshal.Read<Hello>(letter.Bytes.AsSpan(MessageHeader.Bytes)));
        else _arbiter.OnMessage(number, letter.Header);
    }

    void IArbiterEffects.Persist(in ArbiterRecord record)
    {
        _arbiterDisk = record;
        Print($"arbiter: term {record.Term} of {NameOf(record.Term.Ruler)}"
              + (record.Heir == Incarnation.None ? "" : $", heir {NameOf(record.HeirNode)} (life {record.Heir.Counter})") + " on disk");
    }

    void IArbiterEffects.Send(int connection, in MessageHeader header) => Post(null, _nodes[connection == 1 ? "a" : "b"], header, default);

    void IArbiterEffects.SendHello(int connection, in MessageHeader header, in Hello hello) =>
        Post(null, _nodes[connection == 1 ? "a" : "b"], header, MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in hello, 1)));

    void IArbiterEffects.Close(int connection, string why) => Print($"arbiter: closes {(connection == 1 ? "a" : "b")}'s connection: {why}");

    void IArbiterEffects.Report(string what)
    {
        // Hashes of names say nothing to a reader, and the letters say it all.
    }
}
