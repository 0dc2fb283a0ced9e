using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>Greeting: who is at the other end, and what follows from it for the roles.</summary>
public sealed partial class NodeCore
{
    /// <summary>A connection exists; nothing is known about the other end yet.</summary>
    public void OnConnected(int connection)
    {
        // The first greeting on a connection names nobody, whatever an earlier connection has taught us. So it is always
        // answered by one that does, and both sides know that they are known.
        if (Role != NodeRole.Ended) Greet(connection, Incarnation.None);
    }

    /// <summary>The other end of a connection has greeted.</summary>
    /// <param name="connection">Where; numbers rise with time.</param>
    /// <param name="dialedByMe">Whether this node made the connection.</param>
    /// <param name="header">The message.</param>
    /// <param name="hello">Its payload.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void OnHello(int connection, bool dialedByMe, in MessageHeader header, in Hello hello, long now)
    {
        if (Role == NodeRole.Ended) return;
        NoticePause(now);
        if (Refusal(header, hello) is { } refusal)
        {
            _effects.Report($"refuses the peer: {refusal}");
            _effects.Close(connection, refusal);
            return;
        }

        if (connection != _connection && !Choose(connection, dialedByMe, hello)) return;
        if (connection != _connection) _listeningSince = now;
        _connection = connection;
        _dialedByMe = dialedByMe;
        _peer = hello.Incarnation;
        var wasEligible = PeerRole == NodeRole.Eligible && hello.Role != NodeRole.Eligible;
        PeerRole = hello.Role;
        _lastHeard = now;

        if (!Adopt(header.Term)) return;
        if (header.Term < _record.Term) GreetAgain(); // it does not know the latest term yet
        if (header.Term < _record.Term && hello.Role == NodeRole.Ruling) return; // demoted by that, it greets anew

        switch (Role)
        {
            case NodeRole.Ruling:
                MeetStandby(hello, now);
                break;
            case NodeRole.Eligible when hello.Incarnation.IsNewerThan(_rulerIncarnation):
                Decide(Petition.TakeOver, "the ruler has started anew, so its earlier life is dead", now);
                break;
            case NodeRole.Starting or NodeRole.Joining:
                MeetAsEmpty(hello, knowsMe: header.Receiver == _incarnation.Random);
                if (wasEligible) GreetAgain(); // excluded by a term whose ruler is dead, it must hear once more that we are empty
                break;
        }
    }

    /// <summary>A connection is gone, for whatever reason.</summary>
    public void OnClosed(int connection)
    {
        if (connection != _connection) return;
        _connection = NoConnection;
        _peer = Incarnation.None;
        // A joiner that may not take over yet is simply dropped; its slots must not wait for it.
        if (Role == NodeRole.Ruling && _standby.Progress is StandbyProgress.Joining or StandbyProgress.Required)
            DropStandby("its connection broke");
    }

    private string? Refusal(in MessageHeader header, in Hello hello)
    {
        if (hello.Node == _settings.Me.Value)
            return "it has this node's own name; give the two nodes different names";
        if (hello.Node != _settings.Peer.Value)
            return $"node {hello.Node:x16} is not the configured peer {_settings.Peer}; check `peer.name` on both nodes";
        if (hello.Role > NodeRole.Ended)
            return $"it says that its role is {(int)hello.Role}, which is none; run one build on both nodes";
        if (header.Chain != _settings.Chain)
            return "it runs another chain; `chain` and `replication.onSilence` must be the same in both configurations";
        if (hello.Layout != _layout)
            return "its NFs have another state layout; run the same builds of the NFs on both nodes";
        return null;
    }

    /// <summary>Both ends choose the same of two connections: to the peer's newer life; the newer one if one side made both;
    /// else the one that the lower node made. In whatever order they are read.</summary>
    private bool Choose(int connection, bool dialedByMe, in Hello hello)
    {
        if (_connection == NoConnection) return true;
        var other = _connection;
        var iAmLower = _settings.Me.Value < _settings.Peer.Value;
        var keepNew = hello.Incarnation != _peer ? hello.Incarnation.IsNewerThan(_peer)
            : dialedByMe == _dialedByMe ? connection > other : dialedByMe == iAmLower;
        if (!keepNew)
        {
            _effects.Close(connection, "another connection to this peer is in use");
            return false;
        }

        OnClosed(other);
        _effects.Close(other, "replaced by a newer connection");
        return true;
    }

    /// <summary>What an empty node does once it knows its peer.</summary>
    private void MeetAsEmpty(in Hello hello, bool knowsMe)
    {
        switch (hello.Role)
        {
            case NodeRole.Ruling:
                if (_petition == Petition.Start) _petition = Petition.None;
                IsLost = false;
                _rulerIncarnation = hello.Incarnation;
                _rulerHeard = _lastHeard;
                Role = NodeRole.Joining;
                break;
            case NodeRole.Eligible:
                Role = NodeRole.Starting; // it takes over as soon as it hears of this life
                break;
            default:
                Role = NodeRole.Starting;
                if (hello.EverRan != 0 && !_record.EverRan) _record = _record with { EverRan = true };
                // Before it hears of this life it can still become eligible by what an earlier one sent. Only a greeting from
                // after that shows that it is empty; so each answers one that does not know it yet.
                if (!knowsMe) GreetAgain();
                else if (_record.EverRan && _settings.OnStateLoss == StateLossPolicy.Wait) Lose();
                else if (IsBestOf(hello)) Decide(Petition.Start, "both nodes are empty", _lastAwake);
                break;
        }
    }

    private void Lose()
    {
        if (!IsLost) _effects.Report("the chain's newest state is LOST; both nodes wait for `nfmgr continue --unprotected` on the one that shall rule");
        IsLost = true;
    }

    /// <summary>Of two nodes without a ruler: whether this one has the newest state that exists, or may start without any. The
    /// peer's earlier life is dead, so what it ruled in that is gone.</summary>
    private bool IsBestOf(in Hello hello)
    {
        var mine = (_frozen is null ? 0 : 1, _frozen?.Term.Counter ?? 0, _frozen?.Clock ?? 0);
        var theirs = (hello.HasFrozen == 0 ? 0 : 1, hello.FrozenTerm, hello.FrozenClock);
        return mine == theirs ? _settings.InitialPrimary : mine.CompareTo(theirs) > 0;
    }

    private void Greet(int connection, Incarnation addressed)
    {
        var header = Header(MessageType.Hello);
        header.Receiver = addressed.Random;
        _effects.SendHello(connection, header, Greeting());
    }

    private Hello Greeting() => new()
    {
        Node = _settings.Me.Value,
        Incarnation = _incarnation,
        Layout = _layout,
        Committed = _staging.Committed,
        Staged = _staging.Staged,
        Role = Role,
        EverRan = _record.EverRan ? (byte)1 : (byte)0,
        HasFrozen = _frozen is null ? (byte)0 : (byte)1,
        FrozenTerm = _frozen?.Term.Counter ?? 0,
        FrozenClock = _frozen?.Clock ?? 0,
    };

    private void GreetAgain()
    {
        if (IsConnected) Greet(_connection, _peer);
    }

    private void Disconnect(string why)
    {
        var connection = _connection;
        OnClosed(connection);
        _effects.Close(connection, why);
    }
}
