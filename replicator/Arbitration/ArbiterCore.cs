using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Arbitration;

/// <summary>What an arbiter must remember when it dies.</summary>
/// <param name="Term">The highest term that was granted, with who got it.</param>
/// <param name="Holder">The life that holds it.</param>
/// <param name="Heir">The life of the other node that may take over; none if none may.</param>
/// <param name="IsComplete">No node can hold a term that this disk has not heard of. A new disk has, once both nodes have said
/// what they know: one of them alone may have been succeeded by the other's grant, of which the lost disk knew.</param>
public readonly record struct ArbiterRecord(Term Term, Incarnation Holder, NodeId HeirNode, Incarnation Heir, bool IsComplete);

/// <summary>What an arbiter asks of the world, in order: what is persisted is on disk before what is sent after it leaves.</summary>
public interface IArbiterEffects
{
    void Persist(in ArbiterRecord record);

    void Send(int connection, in MessageHeader header);

    void SendHello(int connection, in MessageHeader header, in Hello hello);

    void Close(int connection, string why);

    void Report(string what);
}

/// <summary>
/// The third voice about two nodes: it grants each next term to one of those who may rule, so that both sides of a cut can
/// decide without risk. It knows terms and lives, no state. Pure, like the nodes' protocol core (design: Takeover).
/// </summary>
/// <param name="me">Its own name.</param>
/// <param name="nodes">The names of the two nodes; it listens to nobody else.</param>
/// <param name="incarnation">This life of it.</param>
/// <param name="record">What its disk remembers.</param>
/// <param name="effects">The world.</param>
public sealed class ArbiterCore(NodeId me, IEnumerable<string> nodes, Incarnation incarnation, ArbiterRecord record, IArbiterEffects effects)
{
    private readonly Dictionary<ulong, string> _names = nodes.ToDictionary(name => NodeId.Of(name).Value);
    private readonly Dictionary<ulong, Incarnation> _newest = [];
    private readonly Dictionary<int, Hello> _greeted = [];
    private ulong _chain;

    public ArbiterRecord Record => record;

    /// <summary>Nodes that have greeted and are connected.</summary>
    public IEnumerable<string> Connected => _greeted.Values.Select(hello => NameOf(hello.Node)).Distinct();

    /// <summary>A node's name, or its number if it is none of the two.</summary>
    public string NameOf(ulong node) => _names.TryGetValue(node, out var name) ? name : $"{node:x16}";

    /// <summary>A node has greeted.</summary>
    public void OnHello(int connection, in MessageHeader header, in Hello hello)
    {
        if (!_names.ContainsKey(hello.Node))
        {
            effects.Close(connection, $"node {hello.Node:x16} is none of the `nodes` that this arbiter serves ({string.Join(", ", _names.Values)})");
            return;
        }

        // Those who are connected agree on a chain; when all are gone, they may come back with another.
        if (_greeted.Count > 0 && header.Chain != _chain)
        {
            effects.Close(connection, $"node {NameOf(hello.Node)} runs another chain than the node that is connected; `chain` and "
                + "`replication.onSilence` must be the same in both nodes' configurations");
            return;
        }

        if (_newest.TryGetValue(hello.Node, out var known) && known.IsNewerThan(hello.Incarnation))
        {
            effects.Close(connection, $"life {hello.Incarnation} of node {NameOf(hello.Node)} is over: {known} has greeted");
            return;
        }

        if (known != hello.Incarnation) effects.Report($"life {hello.Incarnation} of node {NameOf(hello.Node)} has greeted");
        _chain = header.Chain;
        _newest[hello.Node] = hello.Incarnation;
        _greeted[connection] = hello;
        // Only an operator's word makes a node rule unasked; whoever comes later has to know. It can be the very term that an earlier
        // life was granted and never took.
        if (hello.Role == NodeRole.Ruling && header.Term.Ruler.Value == hello.Node
            && (header.Term > record.Term || (header.Term == record.Term && record.Holder != hello.Incarnation)))
        {
            effects.Report($"node {NameOf(hello.Node)} rules in term {header.Term.Counter}, which was not granted here: by an operator's word, or this arbiter's disk is new");
            Persist(record with { Term = header.Term, Holder = hello.Incarnation, HeirNode = default, Heir = Incarnation.None });
        }

        // A new disk learns from those who don't rule, too, which terms are over.
        if (record.Holder == Incarnation.None && header.Term > record.Term) Persist(record with { Term = header.Term });
        if (!record.IsComplete && _newest.Count == _names.Count) Persist(record with { IsComplete = true });

        effects.SendHello(connection, Header(MessageType.Hello, hello), new Hello { Node = me.Value, Incarnation = incarnation, Role = NodeRole.Arbiter });
    }

    public void OnClosed(int connection) => _greeted.Remove(connection);

    /// <summary>A message other than HELLO.</summary>
    public void OnMessage(int connection, in MessageHeader header)
    {
        if (!_greeted.TryGetValue(connection, out var sender))
        {
            effects.Close(connection, $"{header.Type} before HELLO");
            return;
        }

        if (_newest[sender.Node] != sender.Incarnation)
        {
            effects.Close(connection, $"life {sender.Incarnation} of node {NameOf(sender.Node)} is over");
            return;
        }

        switch (header.Type)
        {
            case MessageType.Heartbeat:
                effects.Send(connection, Header(MessageType.Heartbeat, sender));
                break;
            case MessageType.Ask:
                OnAsk(connection, header, sender);
                break;
            case MessageType.Decline when sender.Incarnation == record.Heir:
                effects.Report($"node {NameOf(sender.Node)} has lost its copy and may not take over any more");
                Persist(record with { HeirNode = default, Heir = Incarnation.None });
                break;
            case MessageType.Decline:
                break;
            case MessageType.Enlist:
                OnEnlist(connection, header, sender);
                break;
            default:
                effects.Close(connection, $"{header.Type} to an arbiter");
                break;
        }
    }

    private void OnAsk(int connection, in MessageHeader header, in Hello sender)
    {
        var petition = (Petition)header.Checkpoint;
        var wanted = header.Term;
        // Asked again because the answer was lost.
        if (wanted == record.Term && Holds(sender))
        {
            Answer(connection, MessageType.Grant, sender);
            return;
        }

        if (wanted.Counter <= record.Term.Counter || wanted.Ruler.Value != sender.Node || !May(petition, sender))
        {
            effects.Report($"refuses node {NameOf(sender.Node)} term {wanted.Counter} ({petition}); " + (record.IsComplete
                ? $"term {record.Term.Counter} of {NameOf(record.Term.Ruler.Value)} is the last"
                : "this arbiter's disk is new, and it has to hear from both nodes first"));
            var answer = Header(MessageType.Deny, sender);
            answer.Clock = header.Clock; // which question: answers can be late
            effects.Send(connection, answer);
            if (petition == Petition.Start) TellHeir();
            return;
        }

        effects.Report($"grants node {NameOf(sender.Node)} term {wanted.Counter} ({petition})");
        // Who gets a term alone may rule: what it will release nobody else has.
        Persist(new ArbiterRecord(wanted, sender.Incarnation, default, Incarnation.None, IsComplete: true));
        Answer(connection, MessageType.Grant, sender);
    }

    private bool May(Petition petition, in Hello sender) => petition switch
    {
        _ when !record.IsComplete && (petition != Petition.Start || sender.EverRan != 0) => false,
        // Who holds the last term rules in it, or never learnt that it was granted: nobody else can have ruled since.
        _ when Holds(sender) => true,
        // Of a dead ruler nobody else can be the heir than who was told so in its term, whether the ruler could still name it here
        // or not: to exclude it takes a higher one.
        Petition.TakeOver => IsDead(record.Term.Ruler, record.Holder)
            || (sender.Node == record.HeirNode.Value && sender.Incarnation == record.Heir),
        // A newer life proves that the earlier one is dead. An heir that asks for this does not know that it is one: it is told, and
        // takes over or declines.
        Petition.Start => IsDead(record.Term.Ruler, record.Holder) && IsDead(record.HeirNode, record.Heir),
        _ => false,
    };

    /// <summary>Whether this life was granted the last term.</summary>
    private bool Holds(in Hello sender) => sender.Node == record.Term.Ruler.Value && sender.Incarnation == record.Holder;

    private bool IsDead(NodeId node, Incarnation life) =>
        life == Incarnation.None || (_newest.TryGetValue(node.Value, out var newest) && newest.IsNewerThan(life));

    /// <summary>The holder lets a standby take over from now on.</summary>
    private void OnEnlist(int connection, in MessageHeader header, in Hello sender)
    {
        if (!Holds(sender) || header.Term != record.Term)
        {
            Answer(connection, MessageType.Deny, sender);
            return;
        }

        var heir = new Incarnation(header.Checkpoint, header.Clock);
        if (record.Heir != heir) Persist(record with { HeirNode = new NodeId(header.Committed), Heir = heir });
        var answer = Header(MessageType.Enlisted, sender);
        (answer.Checkpoint, answer.Clock) = (header.Checkpoint, header.Clock);
        effects.Send(connection, answer);
    }

    /// <summary>Its ruler may have died before it could tell it.</summary>
    private void TellHeir()
    {
        foreach (var (connection, hello) in _greeted)
        {
            if (hello.Incarnation != record.Heir || hello.Node != record.HeirNode.Value) continue;
            var header = Header(MessageType.Enlisted, hello);
            (header.Checkpoint, header.Clock) = (record.Heir.Counter, record.Heir.Random);
            effects.Send(connection, header);
        }
    }

    private void Answer(int connection, MessageType type, in Hello to) => effects.Send(connection, Header(type, to));

    private void Persist(in ArbiterRecord next) => effects.Persist(record = next);

    private MessageHeader Header(MessageType type, in Hello to) => new()
    {
        Type = type,
        Chain = _chain,
        Term = record.Term,
        Sender = incarnation.Random,
        Receiver = to.Incarnation.Random,
    };
}
