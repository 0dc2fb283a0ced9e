using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;
using Holdfast.Replicator.Protocol;

namespace Holdfast.Tests.Unit.Protocol;

/// <summary>
/// One node's protocol core, its world written down, and a peer played by the test: a sentence per event, so that a
/// test reads as the story it tells. Node a is the configured initial primary.
/// </summary>
internal sealed class TestNode
{
    public static readonly NodeId A = NodeId.Of("a"), B = NodeId.Of("b");
    public const long Millisecond = 1_000_000;
    private const ulong MyRandom = 77;

    private readonly NodeId _peer;
    private ulong _peerLife = 1;

    public TestNode(NodeId me, NodeRecord record = default, ulong life = 1, KnownBadProtocol knownBad = KnownBadProtocol.None,
        SilencePolicy onSilence = SilencePolicy.StandbyWins)
    {
        _peer = me == A ? B : A;
        Settings = new NodeSettings
        {
            Me = me, Peer = _peer, InitialPrimary = me == A, Chain = 7, Layout = 8, KnownBad = knownBad, OnSilence = onSilence,
        };
        Core = new NodeCore(Settings, record with { IncarnationCounter = life }, new Incarnation(life, MyRandom), World);
        Core.Start(Now);
    }

    public NodeSettings Settings { get; }

    public Transcript World { get; } = new();

    public NodeCore Core { get; }

    public long Now { get; private set; } = 1_000 * Millisecond;

    /// <summary>The peer's current connection.</summary>
    public int Connection { get; private set; }

    public static Term Term(ulong counter, NodeId ruler) => new(counter, ruler);

    public static Incarnation LifeOf(ulong counter) => new(counter, 100 + counter);

    /// <summary>A new connection, over which the peer greets.</summary>
    public TestNode MeetPeer(NodeRole role, Term term = default, ulong life = 1, ulong staged = 0, bool knowsMe = true, bool dialed = true)
    {
        Core.OnConnected(++Connection);
        return HearGreeting(Connection, role, term, life, staged, knowsMe, dialed);
    }

    /// <summary>The peer greets over a connection that exists.</summary>
    public TestNode HearGreeting(int connection, NodeRole role, Term term = default, ulong life = 1, ulong staged = 0,
        bool knowsMe = true, bool dialed = true)
    {
        _peerLife = life;
        var header = Header(MessageType.Hello, term);
        header.Receiver = knowsMe ? MyRandom : 0;
        Core.OnHello(connection, dialed, header, new Hello
        {
            Node = _peer.Value, Incarnation = LifeOf(life), Layout = Settings.Layout, Role = role, Staged = staged,
            EverRan = term == Replicator.Identity.Term.None ? (byte)0 : (byte)1,
        }, Now);
        return this;
    }

    /// <summary>The peer says something on its current connection.</summary>
    public TestNode Hear(MessageType type, Term term, ulong checkpoint = 0, ulong committed = 0, MessageFlags flags = 0, uint oldestAge = 0)
    {
        var header = Header(type, term);
        header.Checkpoint = checkpoint;
        header.Clock = checkpoint * 10;
        header.Time = (long)checkpoint * 1_000;
        header.Committed = committed;
        header.Flags = flags;
        header.OldestAge = oldestAge;
        Core.OnMessage(Connection, header, default, Now);
        return this;
    }

    /// <summary>Time passes in steps of a millisecond; the peer's heartbeats arrive meanwhile if it has a term for them.</summary>
    public TestNode Wait(long milliseconds, Term? heartbeats = null, uint oldestAge = 0)
    {
        for (; milliseconds > 0; milliseconds--)
        {
            Now += Millisecond;
            if (heartbeats is { } term && Core.IsConnected) Hear(MessageType.Heartbeat, term, oldestAge: oldestAge);
            Core.Tick(Now);
        }

        return this;
    }

    /// <summary>This node does not run for a while.</summary>
    public TestNode Sleep(long milliseconds)
    {
        Now += milliseconds * Millisecond;
        return this;
    }

    public TestNode Break()
    {
        Core.OnClosed(Connection);
        return this;
    }

    /// <summary>A ruler in its first term whose root has closed checkpoint 1 for a standby that joins.</summary>
    public static TestNode RulerWithJoiner(SilencePolicy onSilence = SilencePolicy.StandbyWins)
    {
        var node = new TestNode(A, onSilence: onSilence);
        node.MeetPeer(NodeRole.Starting);
        if (onSilence == SilencePolicy.Arbiter) node.Core.OnArbiterMessage(new MessageHeader { Type = MessageType.Grant, Term = Term(1, A) });
        node.Core.OnJoinBarrier(1, node.Now);
        node.Core.OnCompleted(1);
        return node;
    }

    /// <summary>A ruler in its first term whose standby has prepared checkpoint 1 and may take over.</summary>
    public static TestNode RulerWithHeir()
    {
        var node = RulerWithJoiner();
        node.Hear(MessageType.Prepared, Term(1, A), 1);
        node.Core.OnLatched(1);
        node.World.Take();
        return node;
    }

    /// <summary>A standby that has staged checkpoint 1 of a's first term and may take over.</summary>
    public static TestNode Heir(KnownBadProtocol knownBad = KnownBadProtocol.None, SilencePolicy onSilence = SilencePolicy.StandbyWins)
    {
        var node = new TestNode(B, knownBad: knownBad, onSilence: onSilence);
        node.MeetPeer(NodeRole.Ruling, Term(1, A));
        node.Hear(MessageType.Prepare, Term(1, A), 1, flags: MessageFlags.Join | MessageFlags.Whole);
        node.Hear(MessageType.Eligible, Term(1, A), 1, committed: 1);
        node.World.Take();
        return node;
    }

    private MessageHeader Header(MessageType type, Term term) => new()
    {
        Type = type, Chain = Settings.Chain, Term = term, Sender = LifeOf(_peerLife).Random, Receiver = MyRandom,
    };
}
