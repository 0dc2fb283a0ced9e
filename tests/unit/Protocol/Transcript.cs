using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>A world that only writes down, in order, what a node's protocol core asks of it.</summary>
internal sealed class Transcript : INodeEffects
{
    private readonly List<string> _lines = [];

    /// <summary>The numbers under which the arbiter was asked.</summary>
    public List<ulong> Questions { get; } = [];

    /// <summary>The connection takes a PREPARE now.</summary>
    public bool HasRoom { get; set; } = true;

    /// <summary>The deltas that arrive are whole.</summary>
    public bool DeltasAreWhole { get; set; } = true;

    public NodeRecord Disk { get; private set; }

    /// <summary>The last greeting that was sent.</summary>
    public (MessageHeader Header, Hello Hello) Greeting { get; private set; }

    public List<string> Reports { get; } = [];

    /// <summary>Everything since the last call, and forgets it. Heartbeats are left out.</summary>
    public string[] Take()
    {
        var taken = _lines.ToArray();
        _lines.Clear();
        return taken;
    }

    public void Persist(in NodeRecord record)
    {
        Disk = record;
        var eligible = record.EligiblePeer == Incarnation.None ? "" : $", eligible life {record.EligiblePeer.Counter}";
        _lines.Add($"persist {Name(record.Term)}{eligible}");
    }

    public void Send(in MessageHeader header)
    {
        if (header.Type != MessageType.Heartbeat) _lines.Add($"send {header.Type} {header.Checkpoint} in {Name(header.Term)}");
    }

    public void SendHello(int connection, in MessageHeader header, in Hello hello)
    {
        Greeting = (header, hello);
        _lines.Add($"greet on {connection} as {hello.Role} in {Name(header.Term)}");
    }

    public bool TrySendPrepare(in MessageHeader header)
    {
        if (!HasRoom) return false;
        _lines.Add($"send {(header.Flags.HasFlag(MessageFlags.Join) ? "joining " : "")}Prepare {header.Checkpoint} in {Name(header.Term)}");
        return true;
    }

    public void Close(int connection, string why)
    {
        Reports.Add(why);
        _lines.Add($"close {connection}");
    }

    public void StartRuling(in Rule rule) =>
        _lines.Add(rule.Origin switch
        {
            RuleOrigin.TookOver => $"rule {Name(rule.Term)} from {rule.Checkpoint}",
            RuleOrigin.Resumed => $"rule {Name(rule.Term)} with the frozen state of {rule.Checkpoint}",
            _ => $"rule {Name(rule.Term)} anew",
        });

    public void WentAlone(Term term) => _lines.Add($"alone in {Name(term)}");

    public void SetMode(ReplicationMode mode) => _lines.Add($"mode {mode}");

    public void SetPrepared(ulong checkpoint) => _lines.Add($"prepared {checkpoint}");

    public bool TryStage(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        if (DeltasAreWhole) _lines.Add($"stage {header.Checkpoint}");
        return DeltasAreWhole;
    }

    public void Apply(ulong checkpoint) => _lines.Add($"apply {checkpoint}");

    public void DiscardReplica() => _lines.Add("discard");

    public void Freeze(string why)
    {
        Reports.Add(why);
        _lines.Add("freeze");
    }

    public void DropFrozen() => _lines.Add("drop frozen state");

    public void SetQuiet(bool quiet) => _lines.Add(quiet ? "quiet" : "take in again");

    /// <summary>Checkpoints from now on that leave a joiner without some lines.</summary>
    public int JoinTakes { get; set; }

    public int JoinRemaining(ulong join, ulong checkpoint) => Math.Max(0, JoinTakes - (int)(checkpoint - join));

    public void SendToArbiter(in MessageHeader header)
    {
        if (header.Type == MessageType.Ask)
        {
            Questions.Add(header.Clock);
            _lines.Add($"ask arbiter to {(Petition)header.Checkpoint} in {Name(header.Term)}");
        }
        else if (header.Type != MessageType.Heartbeat) _lines.Add($"{header.Type} life {header.Checkpoint} with the arbiter".ToLowerInvariant());
    }

    public void SendHelloToArbiter(in MessageHeader header, in Hello hello) =>
        _lines.Add($"greet arbiter as {hello.Role} in {Name(header.Term)}");

    public void Report(string what) => Reports.Add(what);

    /// <summary>"1a" is the first term, ruled by node a.</summary>
    private static string Name(Term term) => term == Term.None ? "no term"
        : $"term {term.Counter}{(term.Ruler == TestNode.A ? "a" : term.Ruler == TestNode.B ? "b" : "?")}";
}
