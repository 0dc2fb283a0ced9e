using Holdfast.Replicator.Identity;
using Holdfast.Replicator.Messages;

namespace Holdfast.Replicator.Protocol;

/// <summary>The two phases: PREPARE, PREPARED, COMMIT, from both sides.</summary>
public sealed partial class NodeCore
{
    /// <summary>A message other than HELLO. Those from older connections are ignored.</summary>
    public void OnMessage(int connection, in MessageHeader header, ReadOnlySpan<byte> payload, long now)
    {
        if (connection != _connection || Role == NodeRole.Ended) return;
        NoticePause(now);
        if (header.Sender != _peer.Random || (header.Receiver != 0 && header.Receiver != _incarnation.Random))
        {
            Disconnect($"{header.Type}: it comes from or goes to another life of a node");
            return;
        }

        // What the network has lost meanwhile is not what the peer was slow with.
        if (now - _lastHeard >= _settings.Detect) _listeningSince = now;
        _lastHeard = now;
        if (_peer == _rulerIncarnation) _rulerHeard = now;
        if (header.Type == MessageType.Refuse || header.Term > _record.Term)
        {
            if (!Adopt(header.Term)) return;
        }

        if (header.Term < _record.Term)
        {
            if (header.Type == MessageType.Prepare) _effects.Send(Header(MessageType.Refuse));
            return;
        }

        if (Role == NodeRole.Ruling) OnStandbyMessage(header, now);
        else if (Role is NodeRole.Joining or NodeRole.Eligible) OnRulerMessage(header, payload, now);
    }

    /// <summary>Ruler: checkpoints up to this one are complete; called in order.</summary>
    public void OnCompleted(ulong checkpoint)
    {
        _completed = Math.Max(_completed, checkpoint);
        Pump();
    }

    /// <summary>Ruler: the root has closed the join barrier.</summary>
    public void OnJoinBarrier(ulong checkpoint, long now)
    {
        if (_standby.Progress != StandbyProgress.Joining || _standby.JoinCheckpoint != 0) return;
        _standby.JoinCheckpoint = _standby.Next = checkpoint;
        _standby.Prepared = _standby.Sent = checkpoint - 1;
        _standby.LastProgress = now;
        Pump();
    }

    /// <summary>Ruler: from now on outputs wait; those of checkpoints up to this one may have left before.</summary>
    public void OnLatched(ulong releasedWithout)
    {
        if (_standby.Progress != StandbyProgress.Required) return;
        _standby.ReleasedWithout = releasedWithout;
        TryMakeEligible();
    }

    /// <summary>Sends what the standby does not have yet, as far as the connection takes it.</summary>
    public void Pump()
    {
        // A newer life of the standby can be connected while the arbiter is asked whether to go on without the old one.
        if (Role != NodeRole.Ruling || !IsConnected || _standby.JoinCheckpoint == 0 || _peer != _standby.Incarnation) return;
        while (_standby.Next <= _completed)
        {
            var header = Header(MessageType.Prepare);
            header.Checkpoint = _standby.Next;
            header.Flags = _standby.Next == _standby.JoinCheckpoint ? MessageFlags.Join : MessageFlags.None;
            var isWhole = _standby.WholeAt != 0 ? _standby.Next == _standby.WholeAt : HasAllAt(_standby.Next);
            if (isWhole) header.Flags |= MessageFlags.Whole;
            if (!_effects.TrySendPrepare(header)) return;
            if (isWhole) _standby.WholeAt = _standby.Next;
            if ((_settings.KnownBad & KnownBadProtocol.ReleaseBeforePrepared) != 0
                && _standby.Progress == StandbyProgress.Eligible) _effects.SetPrepared(_standby.Next);
            _standby.Sent = Math.Max(_standby.Sent, _standby.Next++);
        }
    }

    private bool HasAllAt(ulong checkpoint) => (_settings.KnownBad & KnownBadProtocol.WholeAtOnce) != 0
        || _effects.JoinRemaining(_standby.JoinCheckpoint, checkpoint) == 0;

    private void OnStandbyMessage(in MessageHeader header, long now)
    {
        switch (header.Type)
        {
            case MessageType.Prepared:
                OnPrepared(header.Checkpoint, now);
                break;
            case MessageType.Leave when _standby.MayRule && _peer == _standby.Incarnation:
                _standby.HasLeft = true;
                Decide(Petition.GoAlone, "the standby left", now);
                break;
            case MessageType.Leave when !_standby.MayRule:
                DropStandby("it left");
                break;
            case MessageType.Leave: // a newer life, which never had anything; what is to become of the earlier one is being asked
                break;
            case MessageType.Heartbeat:
                break;
            default:
                Disconnect($"{header.Type} from a standby");
                break;
        }
    }

    private void OnPrepared(ulong checkpoint, long now)
    {
        if (_standby.Progress == StandbyProgress.None || _peer != _standby.Incarnation) return; // it was dropped meanwhile
        if (checkpoint > _standby.Sent)
        {
            Disconnect($"PREPARED {checkpoint}, but only {_standby.Sent} was sent yet");
            return;
        }

        if ((_settings.KnownBad & KnownBadProtocol.AnswerCountsForAll) != 0) checkpoint = _standby.Sent;
        if (checkpoint <= _standby.Prepared) return;
        _standby.Prepared = checkpoint;
        // It may answer what it read from an earlier connection after it had greeted on this one.
        _standby.Next = Math.Max(_standby.Next, checkpoint + 1);
        _standby.LastProgress = now;
        if (_standby.Progress == StandbyProgress.Joining && _standby.WholeAt != 0 && checkpoint >= _standby.WholeAt)
        {
            _standby.Progress = StandbyProgress.Required;
            _effects.SetMode(ReplicationMode.Latched);
        }

        _effects.SetPrepared(checkpoint);
        TryMakeEligible();
        Pump();
        // COMMIT rides on the next message if there is one; else the standby would wait for the next heartbeat.
        if (_standby.Next > _completed) _effects.Send(Header(MessageType.Commit));
    }

    private void TryMakeEligible()
    {
        if (_standby.Progress != StandbyProgress.Required || _standby.ReleasedWithout == 0
            || _standby.Prepared < _standby.ReleasedWithout) return;
        // On disk before it is told: from the telling on it may rule.
        _effects.Persist(_record = _record with { EligiblePeer = _standby.Incarnation });
        if (_settings.AsksArbiter && (_settings.KnownBad & KnownBadProtocol.ToldBeforeArbiter) == 0)
        {
            _standby.Progress = StandbyProgress.Enlisting;
            Enlist();
            return;
        }

        MakeEligible();
    }

    private void MakeEligible()
    {
        _standby.Progress = StandbyProgress.Eligible;
        // The arbiter's word can come when it has gone: it is told when it is back, and a newer life is not it.
        if (_peer == _standby.Incarnation)
        {
            PeerRole = NodeRole.Eligible;
            TellEligible();
        }

        if (IsProtected) _effects.Report("is PROTECTED: the standby may take over");
    }

    private void TellEligible()
    {
        var header = Header(MessageType.Eligible);
        header.Checkpoint = _standby.Prepared;
        _effects.Send(header);
    }

    private void OnRulerMessage(in MessageHeader header, ReadOnlySpan<byte> payload, long now)
    {
        switch (header.Type)
        {
            case MessageType.Prepare:
                OnPrepare(header, payload);
                break;
            case MessageType.Commit or MessageType.Heartbeat:
                break;
            case MessageType.Handover when Role == NodeRole.Eligible && _staging.Staged == header.Checkpoint:
                Decide(Petition.TakeOver, "the ruler hands over", now);
                return;
            case MessageType.Eligible when _staging.IsWhole && _staging.Staged >= header.Checkpoint:
                if (Role != NodeRole.Eligible) _effects.Report("is eligible: it may take over");
                Role = NodeRole.Eligible;
                ForgetFrozen();
                break;
            default:
                Disconnect($"{header.Type} {header.Checkpoint} from the ruler, staged is {_staging.Staged}");
                return;
        }

        _staging.Commit(Math.Min(header.Committed, _staging.Staged));
        // Every PREPARE is answered in the event that brings it, so it was not us that it waited for, if we have listened for
        // all that time: after a pause or without a connection, the ruler waited for our answer, or for us to take it.
        if (header.Type == MessageType.Heartbeat && Role == NodeRole.Eligible
            && header.OldestAge * 1000L >= _settings.Stuck && now - _listeningSince >= _settings.Stuck)
            Decide(Petition.TakeOver, $"the ruler's oldest checkpoint has not moved for {header.OldestAge / 1000} ms", now);
    }

    private void OnPrepare(in MessageHeader header, ReadOnlySpan<byte> payload)
    {
        // What is committed must leave the staging area before the next checkpoint needs its place.
        if ((header.Flags & MessageFlags.Join) == 0) _staging.Commit(Math.Min(header.Committed, _staging.Staged));
        if (_staging.Stage(header, payload, Role == NodeRole.Eligible) is { } wrong)
        {
            Disconnect(wrong);
            return;
        }

        if ((_settings.KnownBad & KnownBadProtocol.EligibleTooEarly) != 0) Role = NodeRole.Eligible;
        var answer = Header(MessageType.Prepared);
        answer.Checkpoint = _staging.Staged;
        _effects.Send(answer);
    }
}
