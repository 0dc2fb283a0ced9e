using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>A world that only writes down, in order, what a node's protocol core asks of it.</summary>
internal sealed class Transcript : INodeEffects
{
    private readonly List<string> _lines = [];

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
        _lines.Add($"send {(header.Flags == MessageFlags.Join ? "joining " : "")}Prepare {header.Checkpoint} in {Name(header.Term)}");
        return true;
    }

    public void Close(int connection, string why)
    {
        Reports.Add(why);
        _lines.Add($"close {connection}");
    }

    public void StartRuling(in Rule rule) =>
        _lines.Add(rule.TookOver ? $"rule {Name(rule.Term)} from {rule.Checkpoint}" : $"rule {Name(rule.Term)} anew");

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

    public void EndLife(string why)
    {
        Reports.Add(why);
        _lines.Add("end of life");
    }

    public void Report(string what) => Reports.Add(what);

    /// <summary>"1a" is the first term, ruled by node a.</summary>
    private static string Name(Term term) => term == Term.None ? "no term"
        : $"term {term.Counter}{(term.Ruler == TestNode.A ? "a" : term.Ruler == TestNode.B ? "b" : "?")}";
}
