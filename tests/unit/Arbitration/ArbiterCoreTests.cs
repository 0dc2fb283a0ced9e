using Holdfast.Replicator.Arbitration;
using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using NUnit.Framework;

namespace Holdfast.Tests.Unit.Arbitration;

/// <summary>Who gets which term from an arbiter. Whole stories are in tests/simulation.</summary>
public sealed class ArbiterCoreTests : IArbiterEffects
{
    private const ulong Chain = 7;

    private static readonly NodeId A = NodeId.Of("a"), B = NodeId.Of("b");

    private readonly List<string> _said = [];
    private ArbiterRecord _disk;
    private ArbiterCore _arbiter = null!;

    [SetUp]
    public void Begin()
    {
        _said.Clear();
        _disk = default;
        Restart();
    }

    [Test]
    public void A_chain_that_never_ran_starts_without_the_other_node()
    {
        Greet(1, A, 1, NodeRole.Starting);
        Ask(1, A, Petition.Start, 1);
        Assert.That(_said, Is.EqualTo((string[])["hello to 1", "disk term 1", "grant term 1 to 1"]));
    }

    [Test]
    public void Who_asks_again_because_the_answer_was_lost_gets_the_same_term()
    {
        Rule();
        Ask(1, A, Petition.GoAlone, 2);
        _said.Clear();
        Ask(1, A, Petition.GoAlone, 2);
        Assert.That(_said, Is.EqualTo((string[])["grant term 2 to 1"]));
    }

    /// <summary>A node that lost the answer and has heard since that the term is over knows no better than to ask for the next.</summary>
    [Test]
    public void Who_holds_the_last_term_and_never_learnt_it_gets_the_next()
    {
        Rule();
        Ask(2, B, Petition.TakeOver, 2);
        _said.Clear();
        Ask(2, B, Petition.TakeOver, 3);
        Assert.That(_said, Is.EqualTo((string[])["disk term 3", "grant term 3 to 2"]));
    }

    [Test]
    public void Of_two_that_can_not_hear_each_other_the_first_gets_the_term()
    {
        Rule();
        Ask(2, B, Petition.TakeOver, 2);
        Ask(1, A, Petition.GoAlone, 2);
        Assert.That(_said.TakeLast(3), Is.EqualTo((string[])["disk term 2", "grant term 2 to 2", "deny term 2 to 1"]));
    }

    [Test]
    public void Only_the_heir_may_take_over_and_only_the_ruler_names_it()
    {
        Rule(enlist: false);
        Ask(2, B, Petition.TakeOver, 2);
        Assert.That(_said[^1], Is.EqualTo("deny term 1 to 2"));
        Enlist(2, B);
        Assert.That(_said[^1], Is.EqualTo("deny term 1 to 2"));
        Ask(2, B, Petition.TakeOver, 2);
        Assert.That(_said[^1], Is.EqualTo("deny term 1 to 2"));
        Enlist(1, A);
        Ask(2, B, Petition.TakeOver, 2);
        Assert.That(_said[^1], Is.EqualTo("grant term 2 to 2"));
    }

    [Test]
    public void What_it_has_said_outlives_it()
    {
        Rule();
        Ask(1, A, Petition.GoAlone, 2);
        Restart();
        Greet(2, B, 1, NodeRole.Eligible, term: 1);
        Ask(2, B, Petition.TakeOver, 2);
        Assert.That(_said[^1], Is.EqualTo("deny term 2 to 2"));
    }

    [Test]
    public void A_life_that_is_over_is_not_heard()
    {
        Rule();
        Greet(3, B, 2, NodeRole.Starting);
        Ask(2, B, Petition.TakeOver, 2);
        Greet(4, B, 1, NodeRole.Eligible);
        Assert.That(_said.TakeLast(2), Is.EqualTo((string[])["close 2", "close 4"]));
    }

    [Test]
    public void Empty_nodes_start_again_only_when_those_are_dead_who_had_the_state()
    {
        Rule();
        Greet(3, A, 2, NodeRole.Starting, everRan: true);
        Ask(3, A, Petition.Start, 2, life: 2);
        Assert.That(_said, Has.Some.EqualTo("deny term 1 to 3"), "the heir lives");
        Greet(4, B, 2, NodeRole.Starting, everRan: true);
        Ask(3, A, Petition.Start, 2, life: 2);
        Assert.That(_said[^1], Is.EqualTo("grant term 2 to 3"));
    }

    /// <summary>Its ruler died before it could tell it; it has everything.</summary>
    [Test]
    public void An_heir_that_wants_to_start_is_told_that_it_is_one([Values] bool declines)
    {
        Rule();
        Greet(3, A, 2, NodeRole.Starting, everRan: true);
        Ask(2, B, Petition.Start, 2);
        Assert.That(_said.TakeLast(2), Is.EqualTo((string[])["deny term 1 to 2", "enlisted term 1 to 2"]));
        if (declines) _arbiter.OnMessage(2, new MessageHeader { Type = MessageType.Decline, Chain = Chain });
        Ask(2, B, declines ? Petition.Start : Petition.TakeOver, 2);
        Assert.That(_said[^1], Is.EqualTo("grant term 2 to 2"));
    }

    [Test]
    public void When_all_are_gone_they_may_come_back_with_another_chain()
    {
        Rule();
        _arbiter.OnClosed(1);
        _arbiter.OnClosed(2);
        _arbiter.OnHello(3, new MessageHeader { Type = MessageType.Hello, Chain = Chain + 1 }, new Hello { Node = A.Value, Incarnation = Life(A, 2) });
        Assert.That(_said[^1], Is.EqualTo("hello to 3"));
    }

    [TestCase(99UL, Chain)]
    [TestCase(0UL, Chain + 1)]
    public void Strangers_and_other_chains_are_turned_away(ulong node, ulong chain)
    {
        Rule();
        var header = new MessageHeader { Type = MessageType.Hello, Chain = chain };
        _arbiter.OnHello(9, header, new Hello { Node = node == 0 ? B.Value : node, Incarnation = new Incarnation(9, 9) });
        Assert.That(_said[^1], Is.EqualTo("close 9"));
        _arbiter.OnMessage(9, new MessageHeader { Type = MessageType.Ask });
        Assert.That(_said[^1], Is.EqualTo("close 9"));
    }

    /// <summary>A question that was long under way, of a life that has died since.</summary>
    [Test]
    public void Who_rules_by_an_operators_word_in_a_term_that_its_earlier_life_was_granted_may_name_its_heir()
    {
        Rule();
        Ask(1, A, Petition.GoAlone, 2);
        Greet(3, A, 2, NodeRole.Ruling, term: 2);
        Enlist(3, A, term: 2, life: 2);
        Assert.That(_said[^1], Is.EqualTo("enlisted term 2 to 3"));
        Assert.That(_disk.Heir, Is.EqualTo(Life(B, 1)));
    }

    /// <summary>The lost disk may have granted the other one a term that this one has not heard of.</summary>
    [Test]
    public void With_a_new_disk_nobody_gets_a_term_before_both_have_greeted()
    {
        Greet(1, A, 1, NodeRole.Ruling, term: 5);
        Enlist(1, A, term: 5);
        Ask(1, A, Petition.GoAlone, 6);
        Assert.That(_said[^1], Is.EqualTo("deny term 5 to 1"));
        Greet(2, B, 1, NodeRole.Ruling, term: 6);
        Ask(1, A, Petition.GoAlone, 7);
        Assert.That(_said[^1], Is.EqualTo("deny term 6 to 1"));
        Assert.That(_disk, Is.EqualTo(new ArbiterRecord(new Term(6, B), Life(B, 1), default, Incarnation.None, true)));
    }

    [Test]
    public void With_a_new_disk_and_a_dead_ruler_the_standby_takes_over_if_no_higher_term_is_known([Values] bool isStale)
    {
        Greet(1, A, 2, NodeRole.Starting, term: isStale ? 6UL : 5, everRan: true);
        Greet(2, B, 1, NodeRole.Eligible, term: 5);
        Ask(2, B, Petition.TakeOver, 6);
        Assert.That(_said[^1], Is.EqualTo(isStale ? "deny term 6 to 2" : "grant term 6 to 2"));
    }

    [Test]
    public void With_a_new_disk_and_a_ruler_that_dies_before_it_has_named_its_heir_the_standby_takes_over()
    {
        Greet(1, A, 1, NodeRole.Ruling, term: 5);
        Greet(2, B, 1, NodeRole.Eligible, term: 5);
        Ask(2, B, Petition.TakeOver, 6);
        Assert.That(_said[^1], Is.EqualTo("deny term 5 to 2"), "the ruler may live");
        Greet(3, A, 2, NodeRole.Starting, term: 5, everRan: true);
        Ask(2, B, Petition.TakeOver, 6);
        Assert.That(_said[^1], Is.EqualTo("grant term 6 to 2"));
    }

    void IArbiterEffects.Persist(in ArbiterRecord record)
    {
        _disk = record;
        _said.Add($"disk term {record.Term.Counter}");
    }

    void IArbiterEffects.Send(int connection, in MessageHeader header) =>
        _said.Add($"{header.Type} term {header.Term.Counter} to {connection}".ToLowerInvariant());

    void IArbiterEffects.SendHello(int connection, in MessageHeader header, in Hello hello) => _said.Add($"hello to {connection}");

    void IArbiterEffects.Close(int connection, string why)
    {
        Assert.That(why, Is.Not.Empty);
        _said.Add($"close {connection}");
    }

    void IArbiterEffects.Report(string what) => Assert.That(what, Is.Not.Empty);

    private static Incarnation Life(NodeId node, ulong number) => new(number, node.Value ^ number);

    private void Restart() => _arbiter = new ArbiterCore(NodeId.Of("c"), ["a", "b"], new Incarnation(1, 1), _disk, this);

    /// <summary>Node a rules in term 1 and b may take over; a is connection 1 and b 2.</summary>
    private void Rule(bool enlist = true)
    {
        Greet(1, A, 1, NodeRole.Starting);
        Greet(2, B, 1, NodeRole.Starting);
        Ask(1, A, Petition.Start, 1);
        if (enlist) Enlist(1, A);
        _said.Clear();
    }

    private void Greet(int connection, NodeId node, ulong life, NodeRole role, ulong term = 0, bool everRan = false) => _arbiter.OnHello(connection,
        new MessageHeader { Type = MessageType.Hello, Chain = Chain, Term = term == 0 ? Term.None : new Term(term, role == NodeRole.Ruling ? node : A) },
        new Hello { Node = node.Value, Incarnation = Life(node, life), Role = role, EverRan = (byte)(everRan || term != 0 ? 1 : 0) });

    private void Ask(int connection, NodeId node, Petition petition, ulong term, ulong life = 1) => _arbiter.OnMessage(connection,
        new MessageHeader { Type = MessageType.Ask, Chain = Chain, Term = new Term(term, node), Checkpoint = (ulong)petition, Sender = Life(node, life).Random });

    /// <summary>Somebody says that b's first life may take over.</summary>
    private void Enlist(int connection, NodeId by, ulong term = 1, ulong life = 1) => _arbiter.OnMessage(connection, new MessageHeader
    {
        Type = MessageType.Enlist, Chain = Chain, Term = new Term(term, by == A ? A : B), Sender = Life(by, life).Random,
        Checkpoint = Life(B, 1).Counter, Clock = Life(B, 1).Random, Committed = B.Value,
    });
}
